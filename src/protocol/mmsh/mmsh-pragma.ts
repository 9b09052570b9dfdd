/** What clients and servers of this family say in Pragma lines. @see MS-WMHTTP section 2.2.1.4 */

/** More tokens in one request than any player sends; what comes behind them is not looked at. */
const MAX_TOKENS = 64;

/** Longer names and values are no tokens of this protocol, characters. */
const MAX_NAME_LENGTH = 64;
const MAX_VALUE_LENGTH = 2048;

/** Stream numbers have 7 bits. */
const MAX_SWITCHES = 127;

/** The highest level of a stream switch entry: the client wants nothing of that stream. */
const OFF = 2;

/** A name, and if there is one, a value in quotes or up to the next comma. */
const token = /([^\s=,"][^=,"]*)(?:=\s*("[^"]*"|[^,]*))?[^,]*/g;

/** Pragma tokens by their names in lower case, values without quotes; a token without a value has an empty one. */
export type MmshPragmas = ReadonlyMap<string, string>;

/**
 * Reads Pragma lines: tokens separated by commas, on one line or many, whose names are case-insensitive. Of several with a name the
 * first counts.
 * @param lines - the value of each Pragma line of a request or answer
 */
export function readPragmas(lines: readonly string[]): MmshPragmas {
  const pragmas = new Map<string, string>();
  for (const line of lines) {
    for (const [, name = '', value = ''] of line.matchAll(token)) {
      if (pragmas.size >= MAX_TOKENS) return pragmas;
      const key = name.trim().toLowerCase();
      if (key.length > MAX_NAME_LENGTH || value.length > MAX_VALUE_LENGTH || pragmas.has(key)) continue;
      pragmas.set(key, value.trim().replace(/^"(.*)"$/, '$1'));
    }
  }
  return pragmas;
}

/** The client-id that a peer shows, uint32; undefined where there is none, or no number. */
export function clientIdIn(pragmas: MmshPragmas): number | undefined {
  const text = pragmas.get('client-id') ?? '';
  const id = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return id > 0 && id <= 0xff_ff_ff_ff ? id : undefined;
}

/**
 * The streams that a client has switched off, by the entries `SRC:DST:LEVEL` of `stream-switch-entry`.
 * @param isInHeader - whether the ASF header has a stream of this number: numbers are hexadecimal by the specification, but ffmpeg,
 *   VLC and libmms print them in decimal
 */
export function switchedOffStreams(
  pragmas: MmshPragmas,
  isInHeader: (stream: number) => boolean,
): ReadonlySet<number> {
  const off = new Set<number>();
  const entries = (pragmas.get('stream-switch-entry') ?? '').split(' ', 2 * MAX_SWITCHES);
  for (const entry of entries) {
    const [, digits = '', level] = /^[\da-f]{1,4}:([\da-f]{1,4}):(\d)$/i.exec(entry) ?? [];
    if (Number(level) !== OFF) continue;
    const numbers = [Number.parseInt(digits, 16), /^\d+$/.test(digits) ? Number(digits) : Number.NaN];
    const stream = numbers.find(isInHeader);
    if (stream !== undefined) off.add(stream);
  }
  return off;
}
