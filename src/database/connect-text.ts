const notTrusted =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/;

/** Why a connection to PostgreSQL could not be opened, and what to do about it, in one line. */
export function connectText(server: string, code: string | null, message: string): string {
  const at = `PostgreSQL at ${server}`;
  if (code === 'ECONNREFUSED') return `${at} refuses connections (${code}): is it running, and is the port right?`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `${at} cannot be reached: its host name does not resolve (${code}): check the address in DATABASE_URL`;
  }
  if (code === 'ENOENT') return `${at} cannot be reached: there is no socket (${code}): is it running?`;
  if (/no encryption$/.test(message)) {
    return `${at} accepts this user only with TLS: add sslmode=verify-full to DATABASE_URL, and sslrootcert=FILE for a private authority`;
  }
  if (/valid client certificate/.test(message)) {
    return `${at} asks for a client certificate: add sslcert=FILE and sslkey=FILE to DATABASE_URL, with the user's name as common name`;
  }
  if (code === '28P01' || code === '28000')
    return `${at} refused the login: ${message}: check user and password in DATABASE_URL`;
  if (code === '3D000') return `${at} has no such database: ${message}: create it, or correct DATABASE_URL`;
  if (code !== null && notTrusted.test(code)) {
    return `${at} has a certificate that is not trusted (${code}): set sslrootcert=FILE in DATABASE_URL to the authority that signed it, or use sslmode=require to encrypt without verification`;
  }
  if (code === 'CERT_HAS_EXPIRED') return `${at} has a certificate that has expired: renew it`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${at} has a certificate for another host: use the host name that it names, or sslmode=verify-ca`;
  }
  if (/does not support SSL/.test(message))
    return `${at} does not offer TLS: enable it there, or remove sslmode from DATABASE_URL`;
  if (/timeout/i.test(message)) return `${at} did not accept a connection in time: check the address and the firewall`;
  return `${at}: ${message}`;
}
