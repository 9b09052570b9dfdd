import { ProtocolError } from '../../../errors.ts';
import { isRecordingKey, parseStreamPath, type StreamKeyReading } from '../../../stream/stream-key.ts';
import { pathOf } from '../../http/http-target.ts';
import type { RecordedFile } from '../recorded-file.ts';

/** The recording that a request is about. */
export interface RecordedTarget {
  readonly reading: StreamKeyReading;
  readonly family: RecordedFile['recording']['family'];
}

const families = new Map<string, RecordedTarget['family']>([
  ['.flv', 'FLV'],
  ['.asf', 'ASF'],
]);

/** The recording of a request target; undefined where no recording can have the path. */
export function recordedTarget(url: string): RecordedTarget | undefined {
  const path = pathOf(url);
  const family = families.get(path.slice(-4));
  if (family === undefined) return undefined;
  try {
    const query = url.includes('?') ? url.slice(url.indexOf('?')) : '';
    const reading = parseStreamPath(path.slice(0, -4) + query, true);
    return isRecordingKey(reading.key) ? { reading, family } : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
