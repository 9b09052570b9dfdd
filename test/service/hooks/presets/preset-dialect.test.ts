import { expect, test } from 'vitest';
import { nginxRtmpPreset } from '../../../../src/service/hooks/presets/nginx-rtmp.ts';
import { presetDialect } from '../../../../src/service/hooks/presets/preset-dialect.ts';
import { srsPreset } from '../../../../src/service/hooks/presets/srs.ts';
import { hookQuestion } from '../../../support/hook-scene.ts';

const nginx = presetDialect(nginxRtmpPreset);
const srs = presetDialect(srsPreset('edge1'));
const clientUrls = { tcUrl: 'rtmp://relay.example/live', swfUrl: '', pageUrl: '' };
const question = hookQuestion({ query: 'lang=en', sentQuery: 'lang=en&key=s3cret', clientUrls });

function replied(status: number, text: string, location?: string) {
  return { is: 'answer', status, location, text } as const;
}

test('questions go out in the words of the other server, with the query as it was sent', () => {
  expect(nginx.question(question).body).toMatch(
    /^app=live&.*&tcurl=rtmp:\/\/relay\.example\/live&.*&call=play&name=a&/,
  );
  expect(nginx.question(question).body).toMatch(/&lang=en&key=s3cret$/);
  expect(JSON.parse(srs.question(question).body)).toMatchObject({
    action: 'on_play',
    param: '?lang=en&key=s3cret',
  });
});

test('what goes on is asked about as an update, or as at first where there is none', () => {
  const again = hookQuestion({ event: 'recheck', verb: 'publish', clientUrls });
  expect(nginx.question(again).body).toContain('&call=update_publish&');
  expect(JSON.parse(srs.question(again).body)).toMatchObject({ action: 'on_publish' });
});

test.each([
  { dialect: srs, reply: replied(200, '0'), answer: { allow: true } },
  { dialect: srs, reply: replied(200, '{"code":1}'), answer: { allow: false } },
  { dialect: srs, reply: replied(200, 'hello'), answer: { unusable: expect.stringContaining('expected 0') } },
  { dialect: nginx, reply: replied(204, ''), answer: { allow: true } },
  { dialect: nginx, reply: replied(403, ''), answer: { allow: false } },
  { dialect: nginx, reply: replied(302, '', 'b'), answer: { allow: true, rename: 'live/b' } },
  {
    dialect: nginx,
    reply: replied(302, '', '../b?x=1'),
    answer: { unusable: expect.stringContaining('rename') },
  },
  {
    dialect: nginx,
    reply: replied(302, '', 'rtmp://b.example/live/x'),
    answer: { allow: false, redirect: 'rtmp://b.example:1935/live/x' },
  },
  {
    dialect: nginx,
    reply: replied(302, '', 'rtmp://b.example/live/x\r\nSet-Cookie: y'),
    answer: { unusable: expect.stringContaining('redirect') },
  },
])('$reply.status $reply.text $reply.location means $answer', ({ dialect, reply, answer }) => {
  expect(dialect.answer(reply, question)).toMatchObject(answer);
});
