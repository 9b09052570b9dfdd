import { expect, test } from 'vitest';
import { hashPassword } from '../../src/credentials/password-verifiers.ts';
import { bbbPath } from '../support/media.ts';
import {
  playWithFfmpeg,
  playWithRtmp2Src,
  playWithRtmpdump,
  publishers,
  publishWithFfmpeg,
  publishWithRtmpSink,
} from '../support/real-clients.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';
import { TestCluster } from '../support/start-cluster.ts';
import { startRelay } from '../support/start-relay.ts';

const users = [await hashPassword('alice', 's3cret', ['rtmp', 'digest'], 'streampump')];

function passwordsFor(...verbs: string[]): { access: object } {
  const require = [{ type: 'password', users, rtmpChallenge: ['publish', 'play'] }];
  return { access: { rules: [{ match: 'live/**', verbs, require }], failures: { delayMs: 0 } } };
}

function as(login: string, url: string): string {
  return url.replace('//', `//${login}@`);
}

const refusals = 'streampump_rejected_total{reason="credentials"}';

// librtmp 2.4 of Debian overwrites its own memory when it answers a challenge, and crashes
const challenged = Object.entries(publishers).filter(([name]) => !name.startsWith('librtmp'));

test.each(challenged)('%s logs in with the user and the password of its URL', async (_, publish) => {
  await using relay = await startRelay(passwordsFor('publish'));
  await using _encoder = publish(as('alice:s3cret', relay.rtmpUrl('live/a')));
  await relay.published('live/a');
  expect(await relay.metric(refusals)).toBe(0);
  expect(JSON.stringify(relay.log.lines)).not.toContain('s3cret');
});

test('an encoder with a wrong password, or without one, reads why it may not publish', async () => {
  await using relay = await startRelay(passwordsFor('publish'));
  await using wrong = publishWithFfmpeg(as('alice:guess', relay.rtmpUrl('live/a')));
  await using unknown = publishWithFfmpeg(as('bob:s3cret', relay.rtmpUrl('live/a')));
  await using without = publishWithFfmpeg(relay.rtmpUrl('live/a'));
  for (const { exited } of [wrong, unknown, without]) expect((await exited).code).not.toBe(0);
  expect(wrong.stderr).toContain('Incorrect username/password');
  expect(unknown.stderr).toContain('the user or the password is wrong');
  expect(without.stderr).toContain('this needs a user and a password (?user=...&pass=...)');
  expect(await relay.metric(refusals)).toBe(2);
  expect(relay.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(2);
});

test('whoever has shown it in the application is not asked', async () => {
  await using relay = await startRelay(passwordsFor('publish'));
  const url = relay.rtmpUrl('live?user=alice&pass=s3cret/a');
  await using _ffmpeg = publishWithFfmpeg(url, { seconds: 1 });
  await relay.published('live/a');
  await using _librtmp = publishWithRtmpSink(url);
  await relay.published('live/a', 2);
});

test('a relay that forwards shows what stands behind the stream in its URL', async () => {
  await using parent = await startRelay(passwordsFor('publish'));
  const forward = [parent.rtmpUrl('live/{name}?user=alice&pass=s3cret')];
  await using relay = await startRelay({ streams: [{ match: '**', source: { type: 'push' }, forward }] });
  await using _encoder = publishWithFfmpeg(relay.rtmpUrl('live/a'));
  await parent.published('live/a');
});

test('players log in by the challenge or by the query of their URL', async () => {
  await using relay = await startRelay(passwordsFor('play'));
  const url = relay.rtmpUrl('live/a');
  await using tools = new AsyncDisposableStack();
  const players: RunningTool[] = [
    playWithFfmpeg(as('alice:s3cret', url)),
    playWithRtmp2Src(as('alice:s3cret', url)),
    playWithRtmpdump(relay.rtmpUrl('live?user=alice&pass=s3cret/a')),
    curl('--anyauth', '-u', 'alice:s3cret', relay.flvUrl('live/a')),
    curl(relay.flvUrl('live/a?user=alice&pass=s3cret')),
  ].map((tool) => tools.use(tool));
  await relay.log.waitFor('play', { stream: 'live/a' }, { count: players.length });
  await using publisher = publishWithFfmpeg(url, { seconds: 2 });
  await publisher.exited;
  for (const { exited, stdoutBuffer } of players) {
    await exited;
    expect(stdoutBuffer.toString('latin1', 0, 3)).toBe('FLV');
  }
  expect(await relay.metric(refusals)).toBe(0);
});

test.each([
  ['GET', '--basic'],
  ['GET', '--digest'],
  ['PUT', '--basic'],
  ['PUT', '--digest'],
  ['PUT', '--anyauth'],
  ['POST', '--digest'],
])('curl does a %s with %s, and a wrong password is asked for again', async (method, scheme) => {
  await using relay = await startRelay(passwordsFor('publish', 'play'));
  const ask = async (password: string): Promise<string> => {
    const body = { GET: ['-I'], PUT: ['-T', bbbPath], POST: ['-X', 'POST', '-T', bbbPath] }[method] ?? [];
    const status = ['-o', '/dev/null', '-w', '%{http_code}'];
    await using tool = curl(...status, ...body, scheme, '-u', `alice:${password}`, relay.flvUrl('live/a'));
    return await tool.output;
  };
  expect(await ask('s3cret')).toBe(method === 'GET' ? '404' : '200'); // nobody publishes
  expect(await ask('guess')).toBe('401');
});

test('each of several workers knows the challenge that another one gave out', async () => {
  await using relay = await TestCluster.start({ ...passwordsFor('publish'), workers: 2 });
  const url = `rtmp://127.0.0.1:${relay.port('rtmp')}/live/`;
  for (let i = 0; i < 2; i++) {
    await using encoder = publishWithFfmpeg(as('alice:s3cret', url + i), { seconds: 1 });
    expect(await encoder.output).toBe('');
  }
  expect(await relay.metric(refusals)).toBe(0);
});

function curl(...args: string[]): RunningTool {
  return runTool('curl', ['-sS', '-N', '--max-time', '30', ...args]);
}
