import type { BroughtGrant } from '../../src/service/house/entrance/destination.ts';
import type { LineParts } from '../../src/service/house/entrance/splice/relay-line.ts';
import { splicedDeeds } from '../../src/service/house/entrance/splice/spliced-deeds.ts';
import { connectStraight } from '../../src/session/upstream/server-connector.ts';
import { grantOf, SessionScene } from './session-scene.ts';

const limits = { messageBytes: 2 ** 23, partialBytes: 2 ** 23, chunkStreams: 16 };

/** Sessions of a house whose clients are all brought to one server. @param port - its */
export async function spliceScene(port: number, parts: Partial<LineParts> = {}): Promise<SessionScene> {
  const scene = await SessionScene.start();
  scene.deeds = splicedDeeds({ limits, connect: connectStraight, isToldWhom: () => false, ...parts });
  scene.gate.ask = async ({ verb, readings, path }) => {
    const [{ key, query } = { key: '', query: '' }] = readings;
    const url = `rtmp://127.0.0.1:${port}/${key}${query === '' ? '' : `?${query}`}`;
    const grant: BroughtGrant = {
      ...grantOf(key, path),
      destination: { relay: 'paris', url, expiresInMs: 60_000 },
    };
    return verb === 'connect' ? grantOf('', path) : grant;
  };
  return scene;
}
