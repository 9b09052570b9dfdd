import { MessageType, type RawMessage } from './message.ts';

/** Types of the events in a shared object message. @see RTMP 1.0 section 7.1.3 */
export const SharedObjectEvent = {
  use: 1,
  release: 2,
  requestChange: 3,
  change: 4,
  success: 5,
  sendMessage: 6,
  status: 7,
  clear: 8,
  remove: 9,
  requestRemove: 10,
  useSuccess: 11,
} as const;
export type SharedObjectEvent = (typeof SharedObjectEvent)[keyof typeof SharedObjectEvent];

/** What the head of a shared object message says, and which events are in it. */
export interface SharedObjectMessage {
  readonly name: string;
  readonly version: number;
  /** 2 for one that outlives its connections. */
  readonly flags: number;
  /** Types of the events; some may be none that anybody knows. */
  readonly events: readonly number[];
}

/** Between the name and the first event: version, flags, and 4 bytes that nobody uses. */
const HEAD_SIZE = 12;
const EVENT_HEADER_SIZE = 5;

/**
 * Reads a message of type 19, or of type 16, which has a format byte in front: the name (uint16 length, UTF-8), the version
 * (uint32), the flags (uint32), 4 unused bytes, then events of a type (uint8) and a length (uint32). What events say is skipped.
 * @returns undefined when it is cut anywhere
 */
export function decodeSharedObject({ type, payload }: RawMessage): SharedObjectMessage | undefined {
  const start = type === MessageType.sharedObjectAmf3 ? 1 : 0;
  if (payload.length < start + 2) return undefined;
  const nameEnd = start + 2 + payload.readUInt16BE(start);
  let at = nameEnd + HEAD_SIZE;
  if (at > payload.length) return undefined;
  const events: number[] = [];
  while (at < payload.length) {
    if (at + EVENT_HEADER_SIZE > payload.length) return undefined;
    events.push(payload.readUInt8(at));
    at += EVENT_HEADER_SIZE + payload.readUInt32BE(at + 1);
  }
  if (at > payload.length) return undefined;
  return {
    name: payload.toString('utf8', start + 2, nameEnd),
    version: payload.readUInt32BE(nameEnd),
    flags: payload.readUInt32BE(nameEnd + 4),
    events,
  };
}

/**
 * The payload of a message of type 19 with one Status event: a code, such as `SharedObject.ObjectCreationFailed`, and a level, two
 * strings with a uint16 length. Its receiver hears of them by `onStatus` of the shared object.
 */
export function encodeSharedObjectStatus(
  { name, version, flags }: Pick<SharedObjectMessage, 'name' | 'version' | 'flags'>,
  code: string,
  level: 'status' | 'error',
): Buffer {
  const [nameBytes, codeBytes, levelBytes] = [string(name), string(code), string(level)];
  const head = Buffer.alloc(HEAD_SIZE);
  head.writeUInt32BE(version);
  head.writeUInt32BE(flags, 4);
  const event = Buffer.alloc(EVENT_HEADER_SIZE);
  event.writeUInt8(SharedObjectEvent.status);
  event.writeUInt32BE(codeBytes.length + levelBytes.length, 1);
  return Buffer.concat([nameBytes, head, event, codeBytes, levelBytes]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(`\0\0${text}`);
  bytes.writeUInt16BE(bytes.length - 2);
  return bytes;
}
