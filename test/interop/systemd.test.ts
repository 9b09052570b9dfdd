import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadRelayConfig } from '../../src/config/load-config.ts';
import { CertificateFolder, shownBy } from '../support/certificates.ts';
import { readText, root } from '../support/markdown.ts';
import { temporaryFolder } from '../support/packages.ts';
import { type RunningTool, runTool } from '../support/run-tool.ts';

const unit = readText('deploy/streampump.service');
/** The unit in a folder where its program is, for tools that look. */
let unitFile: string;

beforeAll(async () => {
  const folder = await temporaryFolder();
  const program = join(folder.path, 'node_modules', '.bin', 'streampump');
  await mkdir(join(program, '..'), { recursive: true });
  await symlink(join(root, 'bin', 'streampump.cjs'), program);
  unitFile = join(folder.path, 'streampump.service');
  await writeFile(unitFile, unit.replaceAll('/opt/streampump', folder.path));
  return () => folder[Symbol.asyncDispose]();
});

/** The values of a directive, in order. */
function directive(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

/** Runs a command of the unit, with this program, this config file and this process. */
function runDirective(name: string, { config = '', pid = 0 }): RunningTool {
  const [line = ''] = directive(name);
  const [program = '', ...args] = line
    .replace('/opt/streampump/node_modules/.bin/streampump', join(root, 'bin', 'streampump.cjs'))
    .replace('/etc/streampump/relay.config.json', config)
    .replace('$MAINPID', String(pid))
    .split(' ');
  return program.endsWith('.cjs') ? runTool(process.execPath, [program, ...args]) : runTool(program, args);
}

test('systemd finds no fault in the unit', async () => {
  await using verify = runTool('systemd-analyze', ['verify', unitFile]);
  expect(await verify.exited).toEqual({ code: 0, signal: null });
  expect([verify.stdoutBuffer.toString(), verify.stderr]).toEqual(['', '']);
});

test('the unit gives away little: 2.5 of 10 at most', async () => {
  const offline = ['security', '--offline=true', '--threshold=25', unitFile];
  await using security = runTool('systemd-analyze', offline, { env: { SYSTEMD_PAGER: 'cat' } });
  const [, exposure] =
    /Overall exposure level for streampump\.service: ([\d.]+)/.exec(await security.output) ?? [];
  expect(Number(exposure)).toBeGreaterThan(0);
  expect(Number(exposure)).toBeLessThanOrEqual(2.5);
});

test('the unit waits for the network that it asks for', () => {
  const [wanted, after] = [directive('Wants').join(' ').split(' '), directive('After').join(' ').split(' ')];
  expect(wanted).toEqual(['network-online.target']);
  expect(after).toEqual(expect.arrayContaining(wanted));
});

test('the unit gives a relay the time that it takes to drain, and files for its players', () => {
  const { drain } = loadRelayConfig({ env: {} });
  const [, seconds] = /^(\d+)s$/.exec(directive('TimeoutStopSec')[0] ?? '') ?? [];
  expect(Number(seconds) * 1000).toBeGreaterThan(drain.timeoutMs);
  expect(Number(directive('LimitNOFILE')[0])).toBeGreaterThanOrEqual(16_384); // below that the relay warns
});

/** A config for one RTMPS listener, as text. */
function configWith(certificate: string, port = 0): string {
  const files = { certFile: `${certificate}.crt`, keyFile: `${certificate}.key` };
  const rtmps = { host: '127.0.0.1', port, ...files };
  return JSON.stringify({ listen: { rtmp: null, rtmps, http: null, admin: null } });
}

test('a reload by the unit reads configuration and certificates again, where they are', async () => {
  expect(directive('Type')).toEqual(['exec']);
  expect(unit).not.toMatch(/^(?:LoadCredential|SetCredential|BindReadOnlyPaths)/m); // as they were at the start
  await using folder = await CertificateFolder.make();
  const old = await folder.certificate('old');
  const renewed = await folder.certificate('renewed');
  const config = folder.file('relay.config.json');
  await writeFile(config, configWith('old'));
  await using relay = runDirective('ExecStart', { config });
  const [, port] = await relay.waitForStdout(/"event":"listening","listener":"rtmps"[^\n]*"port":(\d+)/);
  expect(await shownBy(Number(port))).toBe(old.fingerprint);
  await writeFile(config, configWith('renewed'));
  await using reload = runDirective('ExecReload', { pid: relay.pid });
  await reload.output;
  await relay.waitForStdout(/"event":"certificate"/);
  expect(await shownBy(Number(port))).toBe(renewed.fingerprint);
});

test('the unit restarts a relay that fails, but not one whose configuration is faulty', async () => {
  expect(directive('Restart')).toEqual(['on-failure']);
  await using folder = await CertificateFolder.make();
  const config = folder.file('relay.config.json');
  await writeFile(config, '{ "nonsense": 1 }');
  await using faulty = runDirective('ExecStart', { config });
  const { code } = await faulty.exited;
  expect(directive('RestartPreventExitStatus')).toEqual([String(code)]);

  await writeFile(config, configWith('missing'));
  await using notReady = runDirective('ExecStart', { config });
  expect(await notReady.exited).not.toEqual({ code, signal: null });
});
