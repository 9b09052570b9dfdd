import type { AccessGate, AccessRequest, Grant, Verdict } from '../../../session/access.ts';
import type { StreamHomes } from '../stream-homes.ts';

/**
 * What the successor of a relay may on its socket, which nobody else can open: play every stream that is live, and nothing else. Access
 * rules and hooks were asked there for whoever plays it.
 */
export function successorGate(homes: StreamHomes, liveStreams: () => Promise<readonly string[]>): AccessGate {
  const judge = async ({ verb, readings, path }: AccessRequest): Promise<Verdict> => {
    if (verb === 'connect') return granted('', []);
    const [{ key } = { key: '' }] = readings;
    if (verb !== 'play') return { refused: 'access', description: 'only streams can be had here' };
    if (!(await liveStreams()).includes(key))
      return { refused: 'not-found', description: `there is no stream ${key}` };
    await homes.find([key]); // it has a home from then on
    return granted(key, path);
  };
  return {
    ask: async (request, signal) => {
      const verdict = await judge(request);
      signal.throwIfAborted();
      return verdict;
    },
  };
}

function granted(key: string, path: readonly string[]): Grant {
  return {
    ...{ key, path, query: '', until: Number.POSITIVE_INFINITY, identity: undefined, limits: {} },
    again: undefined,
    endWait: () => {},
    release: () => {},
  };
}
