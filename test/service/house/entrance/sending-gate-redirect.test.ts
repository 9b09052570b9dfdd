import { expect, test } from 'vitest';
import { EntranceScene } from '../../../support/entrance-scene.ts';
import { media } from '../../../support/fake-media.ts';
import { RawClient } from '../../../support/raw-client.ts';
import { SessionScene } from '../../../support/session-scene.ts';
import { startRelay } from '../../../support/start-relay.ts';
import { TestPlayer } from '../../../support/test-player.ts';
import { TestPublisher } from '../../../support/test-publisher.ts';

test('a relay that pulls from a house follows its redirection at connect, to the very stream', async () => {
  await using near = await startRelay();
  await using publisher = await TestPublisher.start(near.port('rtmp'), 'live/a');
  publisher.sendMedia(...media('VH1@0 AH1@0 K1@0 A1@10'));
  const entrance = new EntranceScene('redirect');
  entrance.choice = ({ stream }) => ({
    ...{ relay: 'paris', by: 'priority' },
    url: near.rtmpUrl(stream),
  });
  await using house = await SessionScene.start();
  Object.assign(house.gate, { ask: entrance.gate.ask.bind(entrance.gate) });
  const source = { type: 'pull', urls: [`rtmp://127.0.0.1:${house.port}/{key}`] };
  await using far = await startRelay({ streams: [{ match: '**', source }] });
  await using player = TestPlayer.play(far.port('rtmp'), 'live/a');
  expect(await player.mediaOf(4)).toHaveLength(4);
  expect(entrance.sought).toEqual(['play live/a from 127.0.0.1 by rtmp']);
  expect(entrance.signed).toMatchObject([{ verb: 'relay', stream: 'live/a', relay: 'paris' }]);
  const { items } = (await (await fetch(near.adminUrl('/api/v1/sessions?role=relay'))).json()) as {
    items: object[];
  };
  expect(items).toHaveLength(1);
});

test('whoever else connects hears where the application is, in the way of RTMP', async () => {
  const entrance = new EntranceScene('redirect');
  await using house = await SessionScene.start();
  Object.assign(house.gate, { ask: entrance.gate.ask.bind(entrance.gate) });
  await using client = await RawClient.open(house.port);
  client.connect('live');
  expect(await client.heard('_error 1')).toContain('the stream is at relay paris: ask there');
  await client.closed;
  expect(house.log.find('refused')).toMatchObject([{ level: 'info', fields: { reason: 'redirected' } }]);
});
