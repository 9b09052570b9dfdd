/** The head of a request or an answer, taken apart. */
export interface HttpHead {
  /** The first line. */
  readonly line: string;
  /** In the order in which they come, names as they were written. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of an answer. */
  readonly status: number | undefined;
  /** Of a request. */
  readonly method: string | undefined;
  /** Of a request: without host and query. */
  readonly path: string;
  /** The value of a header, in lower case. @param name - in lower case */
  of(name: string): string | undefined;
}

const MAX_HEADERS = 100;

const methods = '(?:GET|HEAD|POST|PUT|OPTIONS|DELETE|PATCH)';
const beginning = new RegExp(`^(?:${methods} |HTTP/1\\.)`);
const anywhere = new RegExp(`${methods} \\S+ HTTP/1\\.\\d\\r\\n|HTTP/1\\.\\d \\d{3} [^\\r\\n]*\\r\\n`);

/** Whether bytes begin as a head does. @param text - 16 characters of it */
export function beginsAsHead(text: string): boolean {
  return beginning.test(text);
}

/** Where the first line of a head stands in a window of bytes; undefined where none is. */
export function findHead(window: Buffer): number | undefined {
  const at = window.toString('latin1').search(anywhere);
  return at < 0 ? undefined : at;
}

/** Reads a head; undefined where it is none. @param text - without the empty line behind it */
export function readHead(text: string): HttpHead | undefined {
  const [line = '', ...lines] = text.split('\r\n');
  const [, status] = /^HTTP\/1\.\d (\d{3})(?: |$)/.exec(line) ?? [];
  const [, method, target = ''] = /^([A-Z]+) (\S+) HTTP\/1\.\d$/.exec(line) ?? [];
  if (status === undefined && method === undefined) return undefined;
  const headers = lines.slice(0, MAX_HEADERS).map((header): readonly [string, string] => {
    const at = header.indexOf(':');
    return [header.slice(0, Math.max(0, at)).trim(), header.slice(at + 1).trim()];
  });
  return {
    line,
    headers,
    status: status === undefined ? undefined : Number(status),
    method,
    path: target.replace(/^https?:\/\/[^/?#]*/, '').replace(/[?#].*/s, ''),
    of: (name) => headers.find(([key]) => key.toLowerCase() === name)?.[1].toLowerCase(),
  };
}
