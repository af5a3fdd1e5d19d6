import type { FastifyRequest } from 'fastify';

/**
 * The cookie of a session of the console. Cookies do not tell ports apart, so that its name includes the installation: two
 * installations on one machine would otherwise end each other's sessions.
 */
export class SessionCookie {
  readonly #name: string;

  constructor(installation: string) {
    this.#name = `coppice_session_${installation.replaceAll(/[^\w]/g, '').slice(0, 12)}`;
  }

  secretOf(request: FastifyRequest): string | null {
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = part.trim().split('=');
      if (name === this.#name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
    }
    return null;
  }

  set(request: FastifyRequest, secret: string, expiresAt: Date): string {
    const maxAge = Math.max(0, Math.round((expiresAt.getTime() - Date.now()) / 1000));
    return this.#header(request, `${secret}; Max-Age=${maxAge}`);
  }

  clear(request: FastifyRequest): string {
    return this.#header(request, '; Max-Age=0');
  }

  #header({ protocol }: FastifyRequest, value: string): string {
    return `${this.#name}=${value}; Path=/; HttpOnly; SameSite=Strict${protocol === 'https' ? '; Secure' : ''}`;
  }
}
