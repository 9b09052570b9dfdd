import { BerError, BerReader, encode, encodeNumber, encodeOctets, Tag } from './ber.ts';

/** The versions that are spoken, as messages have them. */
const Version = { v2c: 1, v3: 3 } as const;

/** The only security model of version 3 that is spoken: by user. @see RFC 3414 */
const BY_USER = 3;

/** What a message of version 3 says about itself: which of them it is, how big an answer may be, how it is secured. */
export interface MessageHead {
  readonly id: number;
  readonly maxBytes: number;
  readonly isAuthentic: boolean;
  readonly isPrivate: boolean;
  /** Whether its sender wants to know why it is not answered. */
  readonly isReportable: boolean;
}

/** Which agent a message of version 3 is for and from whom, with the proofs of that. */
export interface SecurityParameters {
  readonly engineId: Buffer;
  readonly boots: number;
  readonly time: number;
  readonly user: string;
  readonly digest: Buffer;
  /** What it was encrypted with besides the key. */
  readonly salt: Buffer;
}

/** A message of version 2c. */
export interface CommunityMessage {
  readonly version: 2;
  readonly community: Buffer;
  readonly pdu: BerReader;
}

/** A message of version 3. */
export interface UserMessage {
  readonly version: 3;
  readonly head: MessageHead;
  readonly security: SecurityParameters;
  /** The scoped PDU, or where the message is private what it was encrypted to. */
  readonly contents: BerReader;
  /** The message itself, and with zeros in place of its digest, as the digest is made. */
  readonly bytes: Buffer;
  unsigned(): Buffer;
}

/** Reads a message. @param bytes - kept @throws BerError where that is none, or of a version that is not spoken */
export function decodeMessage(bytes: Buffer): CommunityMessage | UserMessage {
  const outer = new BerReader(bytes);
  const message = outer.enter();
  outer.end();
  const version = message.readInteger();
  if (version === Version.v2c) return { version: 2, community: message.read(Tag.octets), pdu: message };
  if (version !== Version.v3) throw new BerError('a version that is not spoken');
  const head = decodeHead(message.enter());
  const security = decodeSecurity(message.enter(Tag.octets));
  const unsigned = (): Buffer => {
    const copy = Buffer.from(bytes);
    const at = security.digest.byteOffset - bytes.byteOffset;
    return copy.fill(0, at, at + security.digest.length);
  };
  return { version: 3, head, security, contents: message, bytes, unsigned };
}

function decodeHead(head: BerReader): MessageHead {
  const id = head.readInteger();
  const maxBytes = head.readInteger();
  const [flags = 0, ...more] = head.read(Tag.octets);
  const model = head.readInteger();
  head.end();
  if (more.length > 0 || model !== BY_USER || id < 0)
    throw new BerError('a head that is not of this security model');
  return {
    ...{ id, maxBytes },
    isAuthentic: (flags & 1) !== 0,
    isPrivate: (flags & 2) !== 0,
    isReportable: (flags & 4) !== 0,
  };
}

function decodeSecurity(octets: BerReader): SecurityParameters {
  const parameters = octets.enter();
  octets.end();
  const engineId = parameters.read(Tag.octets);
  const boots = parameters.readInteger();
  const time = parameters.readInteger();
  const user = parameters.read(Tag.octets).toString('latin1');
  const digest = parameters.read(Tag.octets);
  const salt = parameters.read(Tag.octets);
  parameters.end();
  return { engineId, boots, time, user, digest, salt };
}

/** A message of version 2c. */
export function encodeCommunityMessage(community: Buffer, pdu: Buffer): Buffer {
  return encode(Tag.sequence, encodeNumber(Version.v2c), encodeOctets(community), pdu);
}

/**
 * A message of version 3.
 * @param contents - the scoped PDU, encrypted where the head says so
 * @param sign - makes the digest of the whole message, in which zeros stand for it
 */
export function encodeUserMessage(
  head: MessageHead,
  security: Omit<SecurityParameters, 'digest'>,
  contents: Buffer,
  digestLength: number,
  sign: (message: Buffer) => Buffer,
): Buffer {
  const flags = (head.isAuthentic ? 1 : 0) | (head.isPrivate ? 2 : 0) | (head.isReportable ? 4 : 0);
  const headBytes = encode(
    Tag.sequence,
    encodeNumber(head.id),
    encodeNumber(head.maxBytes),
    encodeOctets(Buffer.from([flags])),
    encodeNumber(BY_USER),
  );
  const salt = encodeOctets(security.salt);
  const parameters = encode(
    Tag.sequence,
    encodeOctets(security.engineId),
    encodeNumber(security.boots),
    encodeNumber(security.time),
    encodeOctets(Buffer.from(security.user, 'latin1')),
    encodeOctets(Buffer.alloc(digestLength)),
    salt,
  );
  const data = head.isPrivate ? encodeOctets(contents) : contents;
  const message = encode(
    Tag.sequence,
    encodeNumber(Version.v3),
    headBytes,
    encode(Tag.octets, parameters),
    data,
  );
  const digestAt = message.length - data.length - salt.length - digestLength;
  if (digestLength > 0) sign(message).copy(message, digestAt, 0, digestLength);
  return message;
}
