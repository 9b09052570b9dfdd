import { asfPath, SHORT_PREFIX } from '../../protocol/mmsh/mmsh-path.ts';
import type { StreamPaths } from '../stream-format.ts';

const extension = '.asf';

/** A short path with one slash behind it or none; `.nsc` would be the file of a multicast, which is not offered. */
const short = /^\/streams\/((?:[^/]+\/)*[^/]+?)\/?$/i;

/** Where streams of ASF are played: at `/APP/NAME.asf`, and at `/streams/NAME`. */
export const asfPaths: StreamPaths = {
  nameIn(path) {
    if (path.endsWith(extension)) return `/${shortened(path).slice(1, -extension.length)}`;
    const name = short.exec(path)?.[1];
    return name === undefined || name.endsWith('.nsc') ? undefined : `/${SHORT_PREFIX}${name}`;
  },
  pathOf: (name) => `/${asfPath(name)}`,
};

/** Where the lists are with the addresses of such streams; nobody is told of them in words. */
export const asxPaths: StreamPaths = {
  nameIn: (path) => (path.endsWith('.asx') ? shortened(path).slice(0, -'.asx'.length) : undefined),
  pathOf: () => undefined,
};

/** A path with the prefix of short ones as keys have it: in URLs its letters may be large. */
function shortened(path: string): string {
  return path.replace(/^\/streams\//i, `/${SHORT_PREFIX}`);
}
