import type { PullLedger } from '../../access/joining/pull-ledger.ts';
import type { ShareLedger, UsedUpShare } from '../../access/joining/share-ledger.ts';
import type { UsedUpLimits } from './stream-facts.ts';

/** Where limits are counted, of all threads together. */
export interface CountedLimits {
  readonly shares: Pick<ShareLedger, 'usedUpFor'>;
  readonly pulls: Pick<PullLedger, 'look'>;
  /** Whether there is room for one more session. */
  readonly hasRoom: boolean;
}

/** Which limits are used up for a stream, in words. */
export function usedUpLimits(key: string, { shares, pulls, hasRoom }: CountedLimits): UsedUpLimits {
  const used = [...shares.usedUpFor(key)];
  const ofAll = used.filter(({ of }) => of === 'all' || of === 'stream');
  const sessions = hasRoom ? [] : ['limits.sessions: there is room for no more'];
  const pull = pulls.look(key);
  const mayPublish = ({ of, limit }: UsedUpShare): boolean =>
    limit === 'sessions' || (limit === 'publishers' && of !== 'stream'); // who publishes may be followed by another
  return {
    publish: [...sessions, ...ofAll.filter(mayPublish).map((share) => inWords(share, key))],
    play: [
      ...sessions,
      ...ofAll.filter(({ limit }) => limit !== 'publishers').map((share) => inWords(share, key)),
      ...(pull?.refused === 'pull-limit' ? [`limits.onDemandPulls: ${pull.description}`] : []),
    ],
    some: used.filter(({ of }) => of === 'address' || of === 'identity').map((share) => inWords(share, key)),
  };
}

function inWords({ of, match, limit, most }: UsedUpShare, key: string): string {
  const what = limit === 'bitsPerSecond' ? 'bits per second' : limit;
  const whose = of === 'stream' ? key : match;
  if (of === 'all' || of === 'stream') return `limits.shares: all ${most} ${what} of ${whose}`;
  return `limits.shares: one ${of} has all of its ${most} ${what} of ${whose}`;
}
