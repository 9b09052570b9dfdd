import type { FailureSettings } from '../../../config/access/failure-settings.ts';
import { limitsOf } from '../../../config/house/house-limit-settings.ts';
import type { HouseSettings } from '../../../config/house/house-settings.ts';
import type { DeadlineSettings, LimitSettings } from '../../../config/relay-settings.ts';
import type { ChunkReaderLimits } from '../../../protocol/rtmp/chunk/chunk-reader.ts';

/**
 * Settings in the form in which the parts of a house hold them. When the configuration is read again they change in place, so
 * that whoever looks at one where it is needed goes by what holds then.
 */
export class HeldHouseSettings {
  /** All that were written. */
  readonly written: HouseSettings;
  readonly limits: LimitSettings;
  readonly deadlines: DeadlineSettings;
  readonly failures: FailureSettings;
  readonly chunkLimits: ChunkReaderLimits;

  constructor(settings: HouseSettings) {
    const { access, limits, deadlines } = settings;
    this.written = { ...settings };
    this.limits = limitsOf(limits);
    this.deadlines = { ...deadlines };
    this.failures = { ...access.failures };
    this.chunkLimits = chunkLimitsOf(this.limits);
  }

  /** Other settings hold from now on. */
  configure(settings: HouseSettings): void {
    const { access, limits, deadlines } = settings;
    Object.assign(this.written, settings);
    Object.assign(this.limits, limits);
    Object.assign(this.deadlines, deadlines);
    Object.assign(this.failures, access.failures);
    Object.assign(this.chunkLimits, chunkLimitsOf(this.limits));
  }
}

function chunkLimitsOf(limits: LimitSettings): ChunkReaderLimits {
  const { messageBytes, partialBytesPerSession, chunkStreamsPerSession } = limits;
  return { messageBytes, partialBytes: partialBytesPerSession, chunkStreams: chunkStreamsPerSession };
}
