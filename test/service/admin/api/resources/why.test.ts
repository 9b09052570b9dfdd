import { describe, expect, test } from 'vitest';
import type { StreamExplanation } from '../../../../../src/service/admin/relay-status.ts';
import { ApiRelay } from '../../../../support/api-relays.ts';
import { TestPlayer } from '../../../../support/test-player.ts';

function told({ findings }: StreamExplanation, about: string): string[] {
  return findings.filter((finding) => finding.about === about).map(({ ok, text }) => `${ok}: ${text}`);
}

describe.each([1, 2])('a relay of %i workers says', (workers) => {
  test('that a stream plays, whichever worker has its players', async () => {
    await using relay = await ApiRelay.start({ workers });
    await using publisher = await relay.publish('live/cam1');
    await using first = TestPlayer.play(relay.port('rtmp'), 'live/cam1');
    await using second = TestPlayer.play(relay.port('rtmp'), 'live/cam1');
    await Promise.all([first, second].map((player) => player.waitFor(({ timestamp }) => timestamp === 0)));
    const why = await relay.get<StreamExplanation>('why?stream=live/cam1');
    expect(why.verdict).toMatch(/^live\/cam1 plays from 127\.0\.0\.1:\d+ \(rtmp.*\), with 2 players\.$/);
    expect(told(why, 'entry')).toEqual(['true: streams.0 (match **): it is published here']);
    expect(told(why, 'keyframes')).toEqual([expect.stringMatching(/^true: the last one came \d\.\d s ago$/)]);
    await publisher.cut();
  });

  test('that nobody publishes it, which one may be meant, and who was refused', async () => {
    await using relay = await ApiRelay.start({
      workers,
      access: {
        rules: [
          { match: 'live/cam2', verbs: ['publish'], require: [{ type: 'key', values: ['s3cret-key'] }] },
        ],
      },
    });
    await using publisher = await relay.publish('live/cam1');
    await expect(relay.publish('live/cam2?key=s3cret-kez')).rejects.toThrow();
    await relay.log.waitFor('refused', { stream: 'live/cam2' });
    const why = await relay.get<StreamExplanation>('why?stream=live/cam2.flv');
    expect(why.stream).toBe('live/cam2');
    expect(why.verdict).toBe(
      'Nobody publishes live/cam2; 127.0.0.1 was refused: this key is not known here (did you mean live/cam1?).',
    );
    expect(told(why, 'rule')[0]).toBe('null: publishing: access.rules.0 asks for a key (?key=...)');
    expect(told(why, 'refusals')).toEqual([expect.stringContaining('127.0.0.1 was refused (credentials)')]);
    expect(JSON.stringify(why)).not.toContain('s3cret');
    await publisher.cut();
  });

  test('that its upstream is away, and why', async () => {
    const urls = ['rtmp://me:s3cret@127.0.0.1:1/{key}?token=s3cret'];
    const source = { type: 'pull', urls, start: 'always' };
    await using relay = await ApiRelay.start({ workers, streams: [{ match: 'tv/news', source }] });
    await relay.log.waitFor('upstream');
    const why = await relay.get<StreamExplanation>('why?stream=tv/news');
    expect(why.verdict).toMatch(
      /^tv\/news does not come from its upstream rtmp:\/\/127\.0\.0\.1:1\/tv\/news: .*ECONNREFUSED/,
    );
    expect(JSON.stringify(why)).not.toContain('s3cret');
    expect((await relay.get<StreamExplanation>('why?stream=tv/sport')).verdict).toBe(
      'Nobody can publish or play tv/sport: no entry in streams matches it.',
    );
  });
});

test.each([
  '',
  '?stream=',
  '?stream=..',
  '?stream=live/a%3Fkey%3Ds3cret',
  '?stream=live/a&stream=live/b',
  '?key=a',
])('nothing is explained for %s', async (query) => {
  await using relay = await ApiRelay.start();
  const response = await fetch(relay.url(`/api/v1/why${query}`));
  const text = await response.text();
  expect([response.status, JSON.parse(text).error]).toEqual([400, 'bad-request']);
  expect(text).not.toContain('s3cret');
});
