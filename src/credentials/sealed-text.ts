/**
 * Texts that only who has a key can make, and that a URL can hold: the base64url, without padding, of some fields and a seal. A field is
 * its length, 2 bytes, high byte first, and so many bytes of UTF-8; one that is left out has no bytes. What is sealed is the label of the
 * kind, written like a field, and the fields.
 */

/** A kind of sealed texts. */
export interface SealedKind {
  /** What it is called in sentences for whoever shows it. */
  readonly noun: string;
  /** Another use of the same key has another label: what is made for one is never good for the other. */
  readonly label: string;
  /** What the first field says. */
  readonly version: string;
  /** The most bytes of each field. */
  readonly fieldBytes: readonly number[];
  readonly sealBytes: number;
  /** What is thrown. @param sentence - for whoever has shown the text */
  fault(sentence: string): Error;
}

/** A sealed text as it was read; what it says is worth nothing before the seal was looked at. */
export interface SealedText {
  /** What each field holds. */
  readonly values: readonly Buffer[];
  /** All fields, each with its length. */
  readonly fields: Uint8Array;
  readonly seal: Uint8Array;
}

/** Characters of the longest text of a kind. */
export function maxSealedLength({ fieldBytes, sealBytes }: SealedKind): number {
  return Math.ceil(((fieldBytes.reduce((sum, bytes) => sum + 2 + bytes, 0) + sealBytes) * 8) / 6);
}

/** Makes a sealed text. @param texts - behind the version @throws RangeError when one is longer than its field may be */
export function sealText(
  kind: SealedKind,
  texts: readonly string[],
  seal: (sealed: Uint8Array) => Uint8Array,
): string {
  const fields = Buffer.concat([kind.version, ...texts].map((text, at) => field(text, kind.fieldBytes[at])));
  return Buffer.concat([fields, seal(sealedBytes(kind, fields))]).toString('base64url');
}

/** What the seal is made of. */
export function sealedBytes({ label }: SealedKind, fields: Uint8Array): Uint8Array {
  return Buffer.concat([field(label), fields]);
}

/** Takes a sealed text apart, without looking at what its fields say. @throws what the kind says */
export function readSealed(kind: SealedKind, written: string): SealedText {
  const { noun, version, fieldBytes, sealBytes } = kind;
  const most = maxSealedLength(kind);
  if (written.length > most)
    throw kind.fault(`the ${noun} has ${written.length} characters, and no ${noun} has more than ${most}`);
  const broken = `the ${noun} is not whole: it was cut or altered`;
  const bytes = Buffer.from(written, 'base64url');
  // other spellings of the same bytes are not what was made
  if (bytes.toString('base64url') !== written) throw kind.fault(broken);
  const fields = bytes.subarray(0, Math.max(0, bytes.length - sealBytes));
  const values = splitFields(fields, fieldBytes.length);
  const shown = values[0]?.toString('latin1');
  if (shown === undefined) throw kind.fault(broken);
  if (shown !== version)
    throw kind.fault(`the ${noun} is not of version ${version}, the only one that this server knows`);
  const size = values.reduce((sum, { length }) => sum + 2 + length, 0);
  const isWhole = values.length === fieldBytes.length && size === fields.length;
  if (!isWhole || values.some(({ length }, at) => length > (fieldBytes[at] ?? 0))) throw kind.fault(broken);
  return { values, fields, seal: bytes.subarray(-sealBytes) };
}

/** What the fields say, without the version. @throws what the kind says, where one is no text */
export function textsOf(kind: SealedKind, { values }: SealedText): readonly string[] {
  try {
    return values.slice(1).map((bytes) => utf8.decode(bytes));
  } catch {
    throw senseless(kind);
  }
}

/** What a field says that is a time, seconds since 1970; undefined where it says none. */
export function secondsIn(digits = ''): number | undefined {
  return /^\d{1,12}$/.test(digits) ? Number(digits) : undefined;
}

/** What is sealed rightly says nothing that can be meant. */
export function senseless(kind: SealedKind): Error {
  return kind.fault(`the ${kind.noun} says nothing that makes sense: its maker has a fault`);
}

/** The id of a key as a field may hold it: what is wrong with it, as a sentence that begins with "expected". */
export function keyIdProblem(id: string): string | undefined {
  return /^[\w.-]{1,64}$/.test(id)
    ? undefined
    : 'expected an id of 1 to 64 letters, digits, dots, dashes and underscores';
}

function field(text: string, mostBytes = 64): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > mostBytes) throw new RangeError(`${bytes.length} bytes, limit ${mostBytes}`);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

/** The fields up to the first that is not whole, at most as many as there should be. */
function splitFields(bytes: Buffer, count: number): readonly Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; fields.length < count && at + 2 <= bytes.length; ) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) break;
    fields.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return fields;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
