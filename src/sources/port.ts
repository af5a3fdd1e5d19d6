/** Where documents are fetched from again. A source is outside and untrusted: its address as well as what it answers. */
export interface Sources {
  /**
   * Fetches once, politely, within all limits. Answers that a later try would not change are values; a site that cannot
   * be reached, breaks off or is too slow is a thrown `SourceError`, whose name the retry settings know. An aborted
   * signal rejects with its reason.
   */
  fetch(request: SourceRequest, signal: AbortSignal): Promise<SourceAnswer>;
  close(): Promise<void>;
}

export interface SourceRequest {
  /** `http:`, `https:`, `file:`, or `NAME:/id` of a configured template. */
  readonly url: string;
  /** Validators of the last answer, exactly as they came; `null` asks for the page whatever has become of it. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** No more than this is read now: what is larger, and not beyond all limits, is answered as `large`. */
  readonly mostBytes?: number;
}

export type SourceAnswer = LargeAnswer | UnchangedAnswer | PageAnswer | GoneAnswer | RefusedAnswer | LaterAnswer;

/** Validators for a later conditional request. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** The source says that nothing has changed since the validators were given. */
export interface UnchangedAnswer extends Validators {
  readonly kind: 'unchanged';
  readonly expiresAt: Date | null;
}

export interface PageAnswer extends Validators {
  readonly kind: 'page';
  readonly title: string | null;
  /** Markdown, or plain text: headings kept, menus, scripts and styles gone. Never empty. */
  readonly text: string;
  /** SHA-256 of `text`, in hex: pages whose mark-up alone has changed have the same. */
  readonly contentHash: string;
  /** Share of the text that is links, 0 to 1: a table of contents is not an article. */
  readonly linkShare: number;
  /** After all redirects. */
  readonly finalUrl: string;
  /** Of the answer, in lower case without parameters. */
  readonly mediaType: string;
  /** Bytes that were read, after decompression. */
  readonly bytes: number;
  /** Until when the source says that it stays fresh; `null` where it does not say. */
  readonly expiresAt: Date | null;
}

/** The source says that there is no such document (404, 410, a file that is not there). */
export interface GoneAnswer {
  readonly kind: 'gone';
  readonly message: string;
}

/** This address, as it stands, will not be fetched, or what came is of no use. Trying again gives the same. */
export interface RefusedAnswer {
  readonly kind: 'refused';
  readonly name: RefusalName;
  /** For people. Names the host, never the path, the query or what the page says. */
  readonly message: string;
}

export type RefusalName =
  /** Not a URL that is fetched at all: its scheme, a user name in it, a port. */
  | 'url_refused'
  /** A private, loopback, link-local or otherwise special address, in whatever disguise. */
  | 'address_refused'
  | 'redirect_refused'
  /** Its name has no address, after several look-ups. */
  | 'host_unknown'
  /** Expired, self-signed, of another host. */
  | 'certificate_refused'
  /** Outside of the configured roots, or not a plain file. */
  | 'file_refused'
  /** An answer that is neither a page nor an error that may pass: 401, 403, 451 … */
  | 'status_refused'
  /** Neither HTML nor text, by what it says or by what it is. */
  | 'type_refused'
  | 'too_large'
  /** Nothing is left when mark-up is taken away. */
  | 'empty'
  /** It cannot be decompressed or read as what it says it is, or reading it takes too long. */
  | 'unreadable';

/** Larger than the caller wants to hold at this moment. Nothing is known of it but that. */
export interface LargeAnswer {
  readonly kind: 'large';
}

/** The source asks to be left in peace for a while (429, 503). */
export interface LaterAnswer {
  readonly kind: 'later';
  /** Delay that the host asked for; `null` where it named none. */
  readonly retryAfterMs: number | null;
  readonly message: string;
}
