/** Shorter runs of characters stand in a text by chance. */
const RUN_BYTES = 6;

/** So much of a text is looked at, characters. */
const LOOKED_AT = 4096;

/** Where a text goes on behind that, its end is not shown: it may be the beginning of a secret. */
const MARGIN_BYTES = 64;

/** What is shown of a text is at most this long, characters. */
const MAX_SHOWN = 1000;

/** The same of what somebody else says. */
const MAX_QUOTED = 200;

/** Texts may be encoded so many times over. */
const MAX_DECODINGS = 3;

/** A byte in a URL, or in a string of JSON or of a program. */
const ENCODED = /(?:%|\\x|\\u00)([0-9a-f]{2})|\\(\/)/;

const ENCODED_OR_NOT = new RegExp(`${ENCODED.source}|[^]`, 'g');

const HIDDEN = '***';
const CUT = '...';

/** A text as bytes, perhaps decoded, and where each of them stands in the text; folded, so that two spellings look alike. */
interface Reading {
  readonly bytes: string;
  readonly at: readonly number[];
}

/**
 * Hides secrets in what others say, however they spell them: as they are, percent-encoded, Base64 or hexadecimal, in capitals or
 * not, and parts of them, too.
 */
export class Redaction {
  readonly #runs = new Set<string>();
  /** What is hidden where it stands by itself. */
  readonly #words = new Set<string>();

  /**
   * @param secrets - of which no six bytes in a row are shown; a shorter one is hidden where it is a word
   * @param names - what is hidden as a whole only, such as a secret with its name
   */
  constructor(secrets: readonly string[], names: readonly string[] = []) {
    for (const secret of new Set(secrets)) for (const spelling of spellings(secret)) this.#add(spelling);
    for (const name of names) if (name !== '') this.#words.add(fold(latin1(name)));
  }

  /** A text without secrets, cut where it is long. */
  hide(text: string): string {
    return this.#shown(text.slice(0, LOOKED_AT), MAX_SHOWN, text.length > LOOKED_AT);
  }

  /**
   * What happened, and before it, in quotes, what somebody else says of that: each on one line and without secrets, the latter
   * short.
   * @param theirs - as it came; empty where nothing was said
   */
  sentence(ours: string, theirs = ''): string {
    const words = this.#shown(plain(theirs), MAX_QUOTED, theirs.length > LOOKED_AT).replaceAll('"', "'");
    const what = this.#shown(plain(ours), MAX_SHOWN, ours.length > LOOKED_AT);
    return words === '' ? what : `"${words}" (${what})`;
  }

  /** @param isCut - something followed, which may be the rest of a secret */
  #shown(text: string, most: number, isCut: boolean): string {
    const shown = this.#masked(text, isCut ? MARGIN_BYTES : 0);
    return isCut || shown.length > most ? `${shown.slice(0, most - CUT.length)}${CUT}` : shown;
  }

  #add(spelling: string): void {
    if (spelling.length < RUN_BYTES) this.#words.add(spelling);
    for (let at = 0; at + RUN_BYTES <= spelling.length; at++)
      this.#runs.add(spelling.slice(at, at + RUN_BYTES));
  }

  /** @param marginBytes - at the end, which are looked at and not shown */
  #masked(text: string, marginBytes: number): string {
    if (this.#runs.size === 0 && this.#words.size === 0 && marginBytes === 0) return text;
    const bytes = Buffer.from(text);
    const isHidden = new Uint8Array(bytes.length);
    for (const reading of readings(bytes)) {
      this.#markRuns(reading, isHidden);
      this.#markWords(reading, isHidden);
    }
    const end = bytes.length - marginBytes;
    const parts: string[] = [];
    for (let at = 0; at < end; ) {
      const from = at;
      const what = isHidden[at];
      while (at < end && isHidden[at] === what) at++;
      parts.push(what === 1 ? HIDDEN : bytes.toString('utf8', from, at));
    }
    return parts.join('');
  }

  #markRuns({ bytes, at }: Reading, isHidden: Uint8Array): void {
    for (let i = 0; i + RUN_BYTES <= bytes.length; i++) {
      if (this.#runs.has(bytes.slice(i, i + RUN_BYTES))) isHidden.fill(1, at[i], at[i + RUN_BYTES]);
    }
  }

  #markWords({ bytes, at }: Reading, isHidden: Uint8Array): void {
    for (const word of this.#words) {
      for (let i = bytes.indexOf(word); i >= 0; i = bytes.indexOf(word, i + 1)) {
        const end = i + word.length;
        if (isWithin(bytes, i) || isWithin(bytes, end)) continue;
        isHidden.fill(1, at[i], at[end]);
      }
    }
  }
}

/** The beginning of a text on one line, without what cannot be seen: a secret is in one piece then. */
function plain(text: string): string {
  return text
    .slice(0, LOOKED_AT)
    .replace(/[\p{C}--[\t\n\v\f\r]]/gv, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A secret as it is, and as it may come back, folded; escapes are undone in the text instead. */
function spellings(secret: string): string[] {
  if (secret === '') return [];
  const bytes = Buffer.from(secret);
  // in Base64 a byte looks different at each of three places
  const encoded = [0, 1, 2].map((before) => Buffer.concat([Buffer.alloc(before), bytes]).toString('base64'));
  const unpadded = encoded.map((text) => text.replace(/=+$/, ''));
  return [latin1(secret), bytes.toString('hex'), ...encoded, ...unpadded].map(fold);
}

/** The text as it is, and decoded as often as there is anything to decode. */
function* readings(text: Buffer): Generator<Reading> {
  const bytes = fold(text.toString('latin1'));
  let reading: Reading | undefined = { bytes, at: Array.from({ length: bytes.length + 1 }, (_, i) => i) };
  for (let times = 0; reading !== undefined && times <= MAX_DECODINGS; times++) {
    yield reading;
    reading = decoded(reading);
  }
}

/** Undefined where there is nothing to decode. */
function decoded({ bytes, at }: Reading): Reading | undefined {
  if (!ENCODED.test(bytes)) return undefined;
  let plain = '';
  const places: number[] = [];
  for (const { 0: written, 1: hex, 2: slash = written, index } of bytes.matchAll(ENCODED_OR_NOT)) {
    plain += hex === undefined ? slash : fold(String.fromCharCode(Number.parseInt(hex, 16)));
    places.push(at[index] ?? 0);
  }
  return { bytes: plain, at: [...places, at[bytes.length] ?? 0] };
}

/** UTF-8, a character for each byte. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** What tells capitals from small letters, and Base64 from base64url, is gone. */
function fold(bytes: string): string {
  return bytes.toLowerCase().replaceAll('-', '+').replaceAll('_', '/');
}

/** Whether a place is in the middle of a word. */
function isWithin(bytes: string, at: number): boolean {
  return /^[0-9a-z\x80-\xff]{2}$/.test(bytes.slice(Math.max(0, at - 1), at + 1));
}
