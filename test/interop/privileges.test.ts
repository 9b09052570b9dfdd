import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CertificateFolder } from '../support/certificates.ts';
import { root } from '../support/markdown.ts';
import { Machine, whyNoMachines } from '../support/networks/machine.ts';
import { temporaryFolder } from '../support/packages.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { runTool } from '../support/run-tool.ts';

const isRoot = process.getuid?.() === 0;
const nobody = { user: 'nobody', group: 'nogroup' };
const nobodyId = '65534';

/** What the kernel says of every thread of a process. */
function threadsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => readFileSync(`/proc/${pid}/task/${id}/status`, 'utf8'));
}

/** A line of it, the same for all threads. */
function statusOf(pid: number, name: string): string {
  const values = new Set(
    threadsOf(pid).map((status) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, 'm').exec(status)?.[1]),
  );
  return [...values].join(' and ');
}

function expectNobody(pid: number): void {
  expect(execFileSync('ps', ['-o', 'user=,group=', '-p', String(pid)], { encoding: 'utf8' })).toMatch(
    /^nobody +nogroup\n$/,
  );
  const four = Array(4).fill(nobodyId).join('\t');
  expect([statusOf(pid, 'Uid'), statusOf(pid, 'Gid'), statusOf(pid, 'Groups')]).toEqual([
    four,
    four,
    nobodyId,
  ]);
  for (const set of ['CapPrm', 'CapEff', 'CapAmb']) expect(statusOf(pid, set)).toBe('0000000000000000');
}

describe.skipIf(whyNoMachines !== undefined)(whyNoMachines ?? 'a relay that gives up root', () => {
  test('it keeps ports of root, reads no file of root again, and says what to do', async () => {
    await using machine = await Machine.start();
    await using folder = await CertificateFolder.make();
    chmodSync(folder.path, 0o755);
    const { certFile, keyFile } = await folder.certificate('own');
    chmodSync(keyFile, 0o600);
    const accessLog = { file: folder.file('access.log') };
    const admin = { socket: folder.file('admin.sock') };
    const films = folder.file('films');
    mkdirSync(films);
    chownSync(films, Number(nobodyId), Number(nobodyId));
    const listen = {
      rtmp: { host: '::', port: 443 },
      rtmps: { host: '::', port: 444, certFile, keyFile },
      http: { host: '::', port: 80 },
      admin: { host: '127.0.0.1', port: 81 },
    };
    const config = { listen, accessLog, admin, ...nobody, recordings: { folder: films } };
    await using relay = await startRelayProcess({ machine, config });
    expectNobody(relay.tool.pid);
    const store = execFileSync('ps', ['-o', 'pid=', '--ppid', String(relay.tool.pid)], { encoding: 'utf8' });
    expectNobody(Number(store)); // which writes recordings
    const [unreadable] = relay.find('unreadable');
    expect(unreadable?.msg).toBe(
      `listen.rtmps.keyFile: nobody may not read ${keyFile}: it cannot be read again`,
    );
    expect(await relay.page('/metrics')).toMatch(/^process_open_fds [1-9]/m);

    for (const file of [accessLog.file, admin.socket]) expect(statSync(file).uid).toBe(Number(nobodyId));
    expect(statSync(folder.path).uid).toBe(0); // it is not only for the socket
    relay.tool.kill('SIGUSR2');
    await relay.waitForLog(/"level":"info"[^\n]*opened [^ ]*access.log again/);
    relay.tool.kill('SIGHUP');
    const [, problem] = await relay.waitForLog(/"event":"config","msg":"([^"]*)"/);
    expect(problem).toBe(
      `the old configuration stays: listen.rtmps: ${keyFile} cannot be read: permission denied`,
    );
    chownSync(keyFile, 0, Number(nobodyId));
    chmodSync(keyFile, 0o640);
    relay.tool.kill('SIGHUP');
    await relay.waitForLog(/"event":"configured"/);
  });

  test('a worker that dies is replaced by one on the same ports, and a successor that starts as root shares them', async () => {
    await using machine = await Machine.start();
    await using folder = await temporaryFolder();
    const drill = join(folder.path, 'drill.mjs');
    const script = `
      import { relaySettings } from '${root}/src/config/relay-settings.ts';
      import { openLog } from '${root}/src/log.ts';
      import { LogOutput } from '${root}/src/log-output.ts';
      import { Cluster } from '${root}/src/service/relay/workers/cluster.ts';
      const local = (port) => ({ host: '127.0.0.1', port });
      const listen = { rtmp: local(443), http: local(80), admin: local(81) };
      const settings = relaySettings.parse({ listen, admin: { socket: null }, workers: 2, log: { format: 'json' }, user: 'nobody' });
      const log = await openLog(settings.log, 'drill', LogOutput.standard());
      const cluster = await Cluster.start(settings, log, undefined, { sharing: 'now' });
      process.on('SIGUSR2', () => cluster.workers.get(0)?.worker.terminate());
      process.on('SIGTERM', () => cluster.close().then(() => process.exit(0)));
    `;
    writeFileSync(drill, script);
    const run = () => machine.run(process.execPath, [drill]);
    await using first = run();
    await first.waitForStdout(/"listener":"admin"/);
    expectNobody(first.pid);
    first.kill('SIGUSR2');
    await first.waitForStdout(/worker 0 is running again/);
    expectNobody(first.pid);
    await using second = run();
    await second.waitForStdout(/"listener":"admin"/);
    expectNobody(second.pid);
    await Promise.all([first.stop('SIGTERM'), second.stop('SIGTERM')]);
    expect(await first.exited).toEqual({ code: 0, signal: null });
  });
});

test.skipIf(!isRoot)(
  'a relay of several workers does not start where they could not read what they need',
  async () => {
    await using folder = await CertificateFolder.make();
    const { certFile, keyFile } = await folder.certificate('own');
    const settings = { listen: { rtmps: { port: 0, certFile, keyFile } }, workers: 2, ...nobody };
    const configFile = folder.file('relay.config.json');
    writeFileSync(configFile, JSON.stringify(settings));
    await using relay = runTool(process.execPath, [`${root}/src/cli.ts`, 'relay', '--config', configFile]);
    expect(await relay.exited).toEqual({ code: 1, signal: null });
    expect(relay.stderr).toContain(
      `listen.rtmps.keyFile: nobody may not read ${keyFile}: each worker that starts has to`,
    );
  },
);

test.skipIf(!isRoot)('who is not root cannot become somebody else, and says so', async () => {
  const setpriv = ['--reuid', 'daemon', '--regid', 'daemon', '--clear-groups', '--'];
  const env = { STREAMPUMP_USER: 'nobody', STREAMPUMP_LISTEN_ADMIN_PORT: '0' };
  const args = [
    ...setpriv,
    process.execPath,
    `${root}/src/cli.ts`,
    'relay',
    '--rtmp-port',
    '0',
    '--http-port',
    '0',
  ];
  await using relay = runTool('setpriv', args, { env });
  expect(await relay.exited).toEqual({ code: 1, signal: null });
  expect(relay.stderr).toContain(
    'user: only root can become nobody (user 65534, group 65534), and this process runs as user 1, group 1',
  );
});
