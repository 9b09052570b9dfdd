import { type FrameMark, MAX_MARKS, type ResumePoint } from '../stream/resuming/resume-point.ts';

/** The property in which a relay says over RTMP where it left off: of connect where it plays, of the answer to publish where it is published to. */
export const RESUME_NAME = 'streampumpResume';

/** The header in which it says so over HTTP and WebSocket; over MMSH the token of Pragma. */
export const RESUME_HEADER = 'streampump-resume';

/** One mark: the timestamp in decimal, and the hash. */
const markText = /^(0|[1-9]\d{0,9})-([\da-f]{16})$/;

const MAX_TIMESTAMP = 0xff_ff_ff_ff;

/** The longest point there is, characters. */
const MAX_LENGTH = encodeResume({
  marks: Array.from({ length: MAX_MARKS }, () => ({ timestamp: MAX_TIMESTAMP, hash: '0'.repeat(16) })),
  from: 'keyframe',
}).length;

/** A point as text, such as `frame;123456-9f86d081884c7d65;123440-0a1b2c3d4e5f6071`: from where, then each mark. */
export function encodeResume({ from, marks }: ResumePoint): string {
  return [from, ...marks.map(({ timestamp, hash }) => `${timestamp}-${hash}`)].join(';');
}

/** What joins the information object of the answer to a relay that publishes: how far the stream has come. */
export function resumeProperty(point: ResumePoint | undefined): Record<string, string> {
  return point === undefined ? {} : { [RESUME_NAME]: encodeResume(point) };
}

/** The point that a peer has sent; undefined when it has sent none, or what {@link encodeResume} does not write. */
export function decodeResume(value: unknown): ResumePoint | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  const [from, ...texts] = value.split(';');
  if ((from !== 'frame' && from !== 'keyframe') || texts.length > MAX_MARKS) return undefined;
  const marks = texts.map(decodeMark).filter((mark) => mark !== undefined);
  return marks.length === 0 || marks.length < texts.length ? undefined : { from, marks };
}

function decodeMark(text: string): FrameMark | undefined {
  const [, digits = '', hash = ''] = markText.exec(text) ?? [];
  const timestamp = Number(digits);
  return hash === '' || timestamp > MAX_TIMESTAMP ? undefined : { timestamp, hash };
}
