import type { FailureSettings } from '../../../config/access/failure-settings.ts';
import type { CallSettings } from '../../../config/calls/call-settings.ts';
import type { DeadlineSettings, LimitSettings, RelaySettings } from '../../../config/relay-settings.ts';
import type { ChunkReaderLimits } from '../../../protocol/rtmp/chunk/chunk-reader.ts';
import { CacheBudget } from '../../../stream/cache/cache-budget.ts';
import type { RegistrySettings } from '../../../stream/stream-registry.ts';
import { cacheShare } from '../cache-share.ts';

/**
 * Settings in the form in which the parts of a relay hold them. When the configuration is read again they change in place, so
 * that whoever looks at one where it is needed goes by what holds then.
 */
export class HeldSettings {
  readonly limits: LimitSettings;
  readonly deadlines: DeadlineSettings;
  readonly failures: FailureSettings;
  readonly chunkLimits: ChunkReaderLimits;
  readonly streams: RegistrySettings;
  readonly calls: CallSettings;
  readonly remembers = { clientUrls: false, connect: false };
  readonly #threads: number;
  readonly #hasHandlers: boolean;

  /**
   * @param threads - how many share what all streams together may keep
   * @param hasHandlers - whether calls are answered even without a hook
   */
  constructor(settings: RelaySettings, threads: number, hasHandlers: boolean) {
    const { access, limits, deadlines, fanOut, cache } = settings;
    this.#threads = threads;
    this.#hasHandlers = hasHandlers;
    this.limits = { ...limits };
    this.#remember(settings);
    this.calls = { ...settings.calls };
    this.deadlines = { ...deadlines };
    this.failures = { ...access.failures };
    this.chunkLimits = chunkLimitsOf(limits);
    const budget = new CacheBudget(cacheShare(cache.totalBytes, threads));
    this.streams = { cache: { ...cache, budget }, fanOut: { ...fanOut }, ...streamTimes(settings) };
  }

  /** Other settings hold from now on. */
  configure(settings: RelaySettings): void {
    const { access, limits, deadlines, fanOut, cache } = settings;
    Object.assign(this.limits, limits);
    this.#remember(settings);
    Object.assign(this.calls, settings.calls);
    Object.assign(this.deadlines, deadlines);
    Object.assign(this.failures, access.failures);
    Object.assign(this.chunkLimits, chunkLimitsOf(limits));
    Object.assign(this.streams.cache, cache);
    Object.assign(this.streams.fanOut, fanOut);
    Object.assign(this.streams, streamTimes(settings));
    this.streams.cache.budget.resize(cacheShare(cache.totalBytes, this.#threads));
  }

  /** The callbacks of other servers say how a client came, and whoever answers calls is told what it has connected with. */
  #remember({ hooks }: RelaySettings): void {
    this.remembers.clientUrls = hooks.some(({ preset }) => preset !== 'streampump');
    this.remembers.connect = this.#hasHandlers || hooks.some(({ events }) => events.includes('call'));
  }
}

function chunkLimitsOf({
  messageBytes,
  partialBytesPerSession,
  chunkStreamsPerSession,
}: LimitSettings): ChunkReaderLimits {
  return { messageBytes, partialBytes: partialBytesPerSession, chunkStreams: chunkStreamsPerSession };
}

function streamTimes({
  fanOut,
  play,
  publish,
  deadlines,
}: RelaySettings): Pick<
  RegistrySettings,
  'maxDelayMs' | 'cpuShare' | 'waitMs' | 'graceMs' | 'pauseMs' | 'onConflict'
> {
  return {
    maxDelayMs: fanOut.maxDelayMs,
    cpuShare: fanOut.cpuShare,
    waitMs: play.waitMs,
    pauseMs: deadlines.pushGapMs,
    ...publish,
  };
}
