import { expect, test } from 'vitest';
import { relaySettings } from '../../../../src/config/relay-settings.ts';
import { Cluster } from '../../../../src/service/relay/workers/cluster.ts';
import { media } from '../../../support/fake-media.ts';
import { RecordingLog } from '../../../support/recording-log.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';

test('every worker lists the streams of all', async () => {
  const local = { host: '127.0.0.1', port: 0 };
  const settings = relaySettings.parse({
    admin: { socket: null },
    listen: { rtmp: local, http: local, admin: null },
    workers: 2,
    http: { listStreams: true },
    log: { level: 'silent' },
  });
  const cluster = await Cluster.start(settings, new RecordingLog());
  await using _cluster = { [Symbol.asyncDispose]: () => cluster.close() };
  const port = (protocol: string): number =>
    cluster.listeners.find((listener) => listener.protocol === protocol)?.address.port ?? 0;
  const keys = ['live/a', 'live/b', 'live/c', 'live/d', 'live/e', 'live/f'];
  await using publishers = new AsyncDisposableStack();
  for (const key of keys) {
    const publisher = publishers.use(await TestPublisher.start(port('rtmp'), key));
    publisher.sendMedia(...media('VH1@0 K1@0'));
  }
  // a connection of its own each time: the kernel gives it to one worker or the other
  const list = async (): Promise<unknown> => {
    const options = { headers: { connection: 'close' } };
    return (await fetch(`http://127.0.0.1:${port('http')}/watch.json`, options)).json();
  };
  await expect.poll(list).toMatchObject({ streams: keys });
  for (let times = 0; times < 10; times++) expect(await list()).toMatchObject({ streams: keys, more: 0 });
});
