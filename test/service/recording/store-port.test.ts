import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordingSettings } from '../../../src/config/recordings/recording-settings.ts';
import { SocketLink } from '../../../src/recording/link/socket-link.ts';
import { StorePort } from '../../../src/service/recording/store-port.ts';
import { ServerConnector } from '../../../src/session/upstream/server-connector.ts';
import { systemClock } from '../../../src/stream/clock.ts';
import { bbbTags } from '../../support/media.ts';
import { RecordingLog } from '../../support/recording-log.ts';
import { recordAll, recordedFrames, recordingsFolder } from '../../support/recording-scene.ts';
import { S3Server, s3Storage } from '../../support/s3-server.ts';

test('the store uploads by the settings of the relay, and says how that stands', async () => {
  await using server = await S3Server.start();
  await using folder = await recordingsFolder();
  const credentialsFile = join(folder.path, 's3.key');
  await writeFile(credentialsFile, 'S3RVER\nS3RVER\n');
  const { endpoint } = server;
  const upload = { endpoint, bucket: 'recordings', prefix: 'relay-1/', credentialsFile };
  const settings = recordingSettings.parse({ folder: join(folder.path, 'films'), minFreeBytes: 0, upload });
  const log = new RecordingLog();
  const connector = new ServerConnector(systemClock, { proxy: { url: null, bypass: [] } });
  const { promise: socket, resolve: onSocket } = Promise.withResolvers<string>();
  const port = new StorePort({ clock: systemClock, log, connector, onSocket });
  await using _port = { [Symbol.asyncDispose]: () => port.close() };
  await port.open(settings);
  const link = new SocketLink(await socket, { onState: () => {} });
  try {
    const { id } = await recordAll(link, recordedFrames(bbbTags()));
    await expect
      .poll(() => port.uploads, { timeout: 4000 })
      .toMatchObject({ waiting: 0, done: 1, failed: 0 });
    await using storage = s3Storage(endpoint);
    expect((await storage.list('')).keys).toEqual(
      ['flv', 'json'].map((end) => `relay-1/live/cam1/${id}.${end}`),
    );
  } finally {
    link.close();
  }
});
