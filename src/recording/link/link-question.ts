import type { LinkQuestion } from './link-message.ts';
import { MAX_LIST_ITEMS, MAX_READ_BYTES, type PlayNote, type RecordingWish } from './store-link.ts';

/** Longer than any text that is said over a link, characters. */
const MAX_TEXT_LENGTH = 4096;

/** More parts than any run has. */
const MAX_PART = 2 ** 31;

/** The largest offset in a file. */
const MAX_OFFSET = Number.MAX_SAFE_INTEGER;

/** @returns undefined for what is no question */
export function parseQuestion(body: Buffer): LinkQuestion | undefined {
  const { ask, key, offset, length, stream, after, limit, by } = parseObject(body);
  switch (ask) {
    case 'describe':
    case 'index':
      return isText(key) ? { ask, key } : undefined;
    case 'read':
      return isText(key) && isCount(offset, MAX_OFFSET) && isCount(length, MAX_READ_BYTES)
        ? { ask, key, offset, length }
        : undefined;
    case 'list': {
      const isWhole = [stream, after].every((text) => text === undefined || isText(text));
      if (!isWhole || !isCount(limit, MAX_LIST_ITEMS) || limit === 0) return undefined;
      return { ask, limit, ...(isText(stream) && { stream }), ...(isText(after) && { after }) };
    }
    case 'delete':
      return isText(key) && isText(by) ? { ask, key, by } : undefined;
    case 'ping':
      return { ask };
    default:
      return undefined;
  }
}

/** @returns undefined for what is no wish */
export function parseWish(body: Buffer): RecordingWish | undefined {
  const { stream, family, run, part = 1, by } = parseObject(body);
  const isFamily = family === 'FLV' || family === 'ASF';
  const isWhole = isText(stream) && isFamily && isText(run) && isCount(part, MAX_PART) && isText(by);
  return isWhole ? { stream, family, run, part, by } : undefined;
}

/** @returns undefined for what is no note */
export function parseNote(body: Buffer): PlayNote | undefined {
  const { did, key, by, outcome } = parseObject(body);
  return did === 'play' && isText(key) && isText(by) && isText(outcome)
    ? { did, key, by, outcome }
    : undefined;
}

/** @returns what a finish says is its reason */
export function parseReason(body: Buffer): string {
  const { why } = parseObject(body);
  return isText(why) ? why : '';
}

function parseObject(body: Buffer): Record<string, unknown> {
  if (body.length > 16 * MAX_TEXT_LENGTH) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // whoever asks for nothing that is known gets no answer
  }
  return {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;
}

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
