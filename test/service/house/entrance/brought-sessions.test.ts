import { expect, test } from 'vitest';
import { BanLedger } from '../../../../src/service/access/bans/ban-ledger.ts';
import { BroughtSessions } from '../../../../src/service/house/entrance/brought-sessions.ts';
import { ScriptedServer } from '../../../support/scripted-server.ts';
import { spliceScene } from '../../../support/splice-scene.ts';

test('those whom the house brings are ended by their own address, at once', async () => {
  await using server = await ScriptedServer.start({
    onPlay: ({ dialogue }, { messageStreamId }) => dialogue.startPlay(messageStreamId, 'go'),
  });
  await using scene = await spliceScene(server.port);
  const bans = new BanLedger(scene.clock);
  const brought = new BroughtSessions(() => scene.sessions, bans);
  for (const end of ['kick', 'ban']) {
    await using client = await scene.connected();
    client.commandOn(1, 'play', 4, null, 'a');
    await client.heard('onStatus NetStream.Play.Start');
    expect(brought.kick({ address: '192.0.2.1' }, 'go')).toBe(0);
    if (end === 'kick') expect(brought.kick({ address: '127.0.0.1', key: 'live/a' }, 'go away')).toBe(1);
    else {
      bans.add({ kind: 'address', value: '127.0.0.1' }, 1000);
      brought.endBanned();
    }
    const sentence = end === 'kick' ? 'go away' : 'you are banned from this server for a while';
    expect(await client.heard('onStatus NetStream.Play.Failed')).toContain(sentence);
    await client.closed;
  }
  await Promise.all(server.connections.map(({ closed }) => closed));
});
