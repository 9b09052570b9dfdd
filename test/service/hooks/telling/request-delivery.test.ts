import { expect, test } from 'vitest';
import type { HookReply } from '../../../../src/service/hooks/hook-client.ts';
import { nginxRtmpPreset } from '../../../../src/service/hooks/presets/nginx-rtmp.ts';
import { RequestDelivery } from '../../../../src/service/hooks/telling/request-delivery.ts';
import type { ToldEvent } from '../../../../src/service/hooks/telling/told-event.ts';
import { hookSubject } from '../../../support/hook-subject.ts';

const stop: ToldEvent = {
  ...{ event: 'stop', id: 'id-1', atMs: 0, stream: 'live/cam1', subject: hookSubject() },
  ...{ reason: 'ended', durationMs: 5, bytes: 6 },
};
const never = new AbortController().signal;
const answer = (status: number): HookReply => ({ is: 'answer', status, location: undefined, text: '' });

async function deliver(reply: HookReply, preset?: typeof nginxRtmpPreset, lost = 0) {
  const sent: { id: string; contentType: string; body: string }[] = [];
  const sender = {
    send: async (request: { id: string; contentType: string; body: string }) => {
      sent.push(request);
      return reply;
    },
    destroy: () => {},
  };
  const delivery = new RequestDelivery(sender, { parallel: 1, retries: 0, relay: 'edge1', preset });
  const prepared = delivery.prepare(stop);
  if (prepared === undefined) throw new Error('no words');
  return { outcome: await delivery.deliver(prepared.item, lost, never), sent, bytes: prepared.bytes };
}

test.each([
  { reply: answer(200), is: 'told' },
  { reply: answer(204), is: 'told' },
  { reply: answer(302), is: 'refused' },
  { reply: answer(404), is: 'refused' },
  { reply: answer(500), is: 'refused' },
  { reply: answer(503), is: 'away' },
  { reply: answer(429), is: 'away' },
  { reply: { is: 'fault', fault: 'timeout', problem: 'late' } as const, is: 'away' },
  { reply: { is: 'fault', fault: 'connection', problem: 'refused' } as const, is: 'away' },
  { reply: { is: 'fault', fault: 'answer', problem: 'too large' } as const, is: 'refused' },
])('$reply is $is', async ({ reply, is }) => {
  const { outcome } = await deliver(reply);
  expect(outcome.is).toBe(is);
});

test('posts JSON under the id of the event, with what was lost, and counts what it takes to keep it', async () => {
  const { sent, bytes } = await deliver(answer(200), undefined, 2);
  expect(sent.map(({ id, contentType }) => [id, contentType])).toEqual([['id-1', 'application/json']]);
  const [{ body = '' } = {}] = sent;
  expect(JSON.parse(body)).toMatchObject({ event: 'stop', reason: 'ended', lost: 2 });
  expect(bytes).toBeGreaterThan(body.length);
});

test('a preset has its own words, and none for streams and servers', async () => {
  const { sent } = await deliver(answer(200), nginxRtmpPreset, 2);
  expect(sent[0]?.contentType).toBe('application/x-www-form-urlencoded');
  expect(sent[0]?.body).toMatch(/&call=play_done&name=cam1&lang=en&key=s3cret$/);
  const options = { parallel: 1, retries: 0, relay: 'edge1', preset: nginxRtmpPreset };
  const delivery = new RequestDelivery({ send: () => Promise.reject(), destroy: () => {} }, options);
  const streamUp = { event: 'streamUp', id: 'x', atMs: 0, stream: 'a', durationMs: undefined } as const;
  expect(delivery.prepare(streamUp)).toBeUndefined();
});
