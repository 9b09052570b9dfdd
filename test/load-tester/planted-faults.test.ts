import { describe, expect, test } from 'vitest';
import { decodeAudioTagHeader } from '../../src/protocol/flv/audio-tag-header.ts';
import { decodeVideoTagHeader } from '../../src/protocol/flv/video-tag-header.ts';
import type { RawMessage } from '../../src/protocol/rtmp/message/message.ts';
import { type LoadRun, runLoad } from '../support/load-run.ts';
import { bbbPath } from '../support/media.ts';
import { startRelay } from '../support/start-relay.ts';
import { startTamperingProxy, type Tamper } from '../support/tampering-proxy.ts';
import { startWsTamperingProxy } from '../support/ws-tampering-proxy.ts';

type Protocol = 'rtmp' | 'ws';

/** What a load test finds at a relay that has this planted in it, for each of three players anew. */
async function runAgainst(
  protocol: Protocol,
  plant: () => Tamper,
  ...args: readonly string[]
): Promise<LoadRun> {
  await using relay = await startRelay();
  await using faulty =
    protocol === 'rtmp'
      ? await startTamperingProxy(relay.port('rtmp'), plant)
      : await startWsTamperingProxy(relay.wsUrl('live/a'), plant);
  return await runLoad([
    `${protocol}://127.0.0.1:${faulty.port}/live/a`,
    ...['--publish', bbbPath, '--publish-to', relay.rtmpUrl('live/a')],
    ...['--players', '3', '--ramp', '50', '--warm-up', '0', '--duration', '1.5', ...args],
  ]);
}

function isFrame({ type, payload }: RawMessage): boolean {
  if (type === 9) return decodeVideoTagHeader(payload).packet === 'codedFrames';
  return type === 8 && decodeAudioTagHeader(payload).packet === 'codedFrames';
}

/** Does something to the message of a kind that has this place among them, counted from 1. */
function at(place: number, isMeant: (message: RawMessage) => boolean, change: Tamper): () => Tamper {
  return () => {
    let seen = 0;
    return (message) => (isMeant(message) && ++seen === place ? change(message) : [message]);
  };
}

describe.each<Protocol>(['rtmp', 'ws'])('over %s', (protocol) => {
  test('finds nothing wrong with a relay that is as it should be', async () => {
    const { exitCode, report } = await runAgainst(protocol, () => (message) => [message]);
    expect(report.failures).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test.each([
    {
      fault: 'drops a frame',
      plant: at(20, isFrame, () => []),
      reason: 'message missing',
    },
    {
      fault: 'starts without a keyframe',
      plant: at(
        1,
        (message) => message.type === 9 && isFrame(message),
        () => [],
      ),
      reason: 'starts without a keyframe',
    },
    {
      fault: 'starts without the header of its video',
      plant: at(
        1,
        ({ type }) => type === 9,
        () => [],
      ),
      reason: 'starts without a sequence header',
    },
    {
      fault: 'sends a timestamp that lies back',
      plant: at(20, isFrame, (message) => [{ ...message, timestamp: 0 }]),
      reason: 'timestamp goes back',
    },
    {
      fault: 'sends a frame twice',
      plant: at(20, isFrame, (message) => [message, message]),
      reason: 'message out of order',
    },
    {
      fault: 'cuts the end off a frame',
      plant: at(20, isFrame, (message) => [{ ...message, payload: message.payload.subarray(0, -8) }]),
      reason: 'message has lost its stamp',
    },
    {
      fault: 'puts bytes between two messages',
      plant: at(20, isFrame, (message) => [Buffer.from('ff', 'hex'), message]),
      reason: `corrupt data: ${{ rtmp: 'RTMP_CHUNK_UNEXPECTED', ws: 'FLV_TAG_INVALID' }[protocol]}`,
    },
  ])('finds a relay that $fault', async ({ plant, reason }) => {
    const { exitCode, report } = await runAgainst(protocol, plant);
    expect(report.failures).toContainEqual(expect.objectContaining({ reason, count: 3 }));
    expect(report.counts.failed).toBe(3);
    expect(exitCode).toBe(1);
  });

  test('finds a relay that falls silent, at players that parse and at those that do not', async () => {
    const plant = (): Tamper => {
      let seen = 0;
      return (message) => (isFrame(message) && ++seen > 20 ? [] : [message]);
    };
    const { report } = await runAgainst(protocol, plant, '--timeout', '0.5', '--probes', '1');
    expect(report.failures).toContainEqual(
      expect.objectContaining({ reason: 'the stream went silent', count: 3 }),
    );
  });

  test('finds a relay that sends no frame at all', async () => {
    const plant = () => (message: RawMessage) => (isFrame(message) ? [] : [message]);
    const { report } = await runAgainst(protocol, plant, '--timeout', '0.5');
    expect(report.failures).toMatchObject([{ reason: 'no first frame', count: 3 }]);
  });
});
