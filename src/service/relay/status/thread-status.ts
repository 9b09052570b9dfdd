import type { RelaySettings } from '../../../config/relay-settings.ts';
import { openFileCount } from '../../../metrics/open-files.ts';
import type { CertificateStatus, HouseStatus, LoadStatus, RelayStatus } from '../../admin/relay-status.ts';
import { openFilesLimit } from '../../listen/open-files.ts';
import { type ServiceIdentity, serviceStatus } from '../../serving/service-status.ts';

/** What one thread carries and holds. */
export interface ThreadLoad {
  readonly sessions: number;
  readonly publishers: number;
  readonly players: number;
  readonly waitingPlayers: number;
  readonly pendingSessions: number;
  readonly receivedBitsPerSecond: number;
  readonly sentBitsPerSecond: number;
  readonly cacheBytes: number;
  readonly backlogBytes: number;
}

/** How one thread of a relay is doing as a whole. */
export interface ThreadStatus {
  readonly load: ThreadLoad;
  /** What its caches may hold, bytes. */
  readonly maxCacheBytes: number;
  readonly certificates: readonly CertificateStatus[];
}

/** What is known of a relay besides how its threads are doing. */
export interface RelayIdentity extends ServiceIdentity {
  readonly settings: RelaySettings;
  readonly house: HouseStatus | null;
  /** How many sessions it lets in; infinite where nothing limits that. */
  readonly maxSessions: number;
}

/** How a relay is doing. @param threads - each that serves, at least one unless it is about to end */
export async function relayStatus(
  relay: RelayIdentity,
  threads: readonly ThreadStatus[],
): Promise<RelayStatus> {
  const status = serviceStatus(relay);
  return {
    ...status,
    workers: threads.length,
    load: await loadOf(relay, threads),
    certificates: distinct([...status.certificates, ...threads.flatMap(({ certificates }) => certificates)]),
    house: relay.house,
  };
}

/** Each thread has those of the listeners that it shares. */
function distinct(certificates: readonly CertificateStatus[]): readonly CertificateStatus[] {
  return [...new Map(certificates.map((one) => [JSON.stringify(one), one])).values()];
}

async function loadOf(
  { settings: { limits }, maxSessions }: RelayIdentity,
  threads: readonly ThreadStatus[],
): Promise<LoadStatus[]> {
  const sum = (read: (thread: ThreadStatus) => number): number =>
    threads.reduce((total, thread) => total + read(thread), 0);
  const counted: Readonly<Record<keyof ThreadLoad, number | null>> = {
    sessions: maxSessions,
    publishers: null,
    players: null,
    waitingPlayers: null,
    pendingSessions: limits.pendingSessions,
    receivedBitsPerSecond: null,
    sentBitsPerSecond: null,
    cacheBytes: sum(({ maxCacheBytes }) => maxCacheBytes),
    backlogBytes: null,
  };
  const names = Object.keys(counted) as (keyof ThreadLoad)[];
  const shown = names.map((name) => ({
    name,
    now: sum(({ load }) => load[name]),
    limit: finite(counted[name]),
  }));
  return [
    ...shown,
    ...(await openFiles()),
    { name: 'residentBytes', now: process.memoryUsage.rss(), limit: memoryLimit() },
  ];
}

/** None where the platform does not tell. */
async function openFiles(): Promise<LoadStatus[]> {
  const now = await openFileCount();
  return now === undefined ? [] : [{ name: 'openFiles', now, limit: openFilesLimit() ?? null }];
}

/** What a container allows. */
function memoryLimit(): number | null {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < Number.MAX_SAFE_INTEGER ? limit : null;
}

function finite(limit: number | null): number | null {
  return limit === null || !Number.isFinite(limit) ? null : Math.round(limit);
}
