// Makes sure that what the npm scripts need is installed: the npm packages of package-lock.json, with --system the programs
// of the interop tests, and with --bench those of `npm run bench:compare`. Runs before anything is there, so on nothing but the
// machine's Node (20 or newer).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What `bench:compare` needs, how to see that it is there, and the Debian package that has it. */
const benchTools = [
  { command: 'ffmpeg', debianPackage: 'ffmpeg' },
  { command: 'openssl', debianPackage: 'openssl' },
  { command: 'gcc', debianPackage: 'gcc' },
  { library: 'crt1.o', debianPackage: 'libc6-dev' },
  { library: 'libssl.so', debianPackage: 'libssl-dev' },
  { command: 'taskset', debianPackage: 'util-linux' },
  { command: 'nginx', debianPackage: 'nginx' },
  { library: 'modules/ngx_rtmp_module.so', debianPackage: 'libnginx-mod-rtmp' },
  { command: 'haproxy', debianPackage: 'haproxy' },
];

/** The same for the interop tests. */
const tools = [
  ...benchTools,
  { command: 'ffprobe', debianPackage: 'ffmpeg' },
  { command: 'rtmpdump', debianPackage: 'rtmpdump' },
  { command: 'curl', debianPackage: 'curl' },
  { command: 'tmux', debianPackage: 'tmux' },
  { command: 'gst-launch-1.0', debianPackage: 'gstreamer1.0-tools' },
  { gstElement: 'videotestsrc', debianPackage: 'gstreamer1.0-plugins-base' },
  { gstElement: 'flvmux', debianPackage: 'gstreamer1.0-plugins-good' },
  { gstElement: 'souphttpsrc', debianPackage: 'gstreamer1.0-plugins-good' },
  { gstElement: 'rtmpsink', debianPackage: 'gstreamer1.0-plugins-bad' },
  { gstElement: 'rtmp2sink', debianPackage: 'gstreamer1.0-plugins-bad' },
  { gstElement: 'x264enc', debianPackage: 'gstreamer1.0-plugins-ugly' },
  { gstElement: 'asfdemux', debianPackage: 'gstreamer1.0-plugins-ugly' },
  { gstElement: 'avdec_h264', debianPackage: 'gstreamer1.0-libav' },
  { command: 'chromium', debianPackage: 'chromium' },
  { command: 'firefox-esr', debianPackage: 'firefox-esr' },
  { command: 'cvlc', debianPackage: 'vlc-bin' },
  { library: 'vlc/plugins/video_output/libyuv_plugin.so', debianPackage: 'vlc-plugin-base' },
  { command: 'mplayer', debianPackage: 'mplayer' },
  { command: 'tinyproxy', debianPackage: 'tinyproxy' },
  { command: 'stunnel4', debianPackage: 'stunnel4' },
  { command: 'python3', debianPackage: 'python3' },
  { library: 'libmms.so.0', debianPackage: 'libmms0' },
  { command: 'redis-server', debianPackage: 'redis-server' },
  { command: 'ip', debianPackage: 'iproute2' },
  { command: 'systemd-analyze', debianPackage: 'systemd' },
  { command: 'promtool', debianPackage: 'prometheus' },
  { command: 'snmpwalk', debianPackage: 'snmp' },
  { command: 'smilint', debianPackage: 'smitools' },
  { command: 'tshark', debianPackage: 'tshark' },
  { command: 'dumpcap', debianPackage: 'wireshark-common' },
];

/** The same for the tests of OBS, which are left out where it cannot be had. */
const obsTools = [
  { command: 'obs', debianPackage: 'obs-studio' },
  { library: 'obs-plugins/obs-outputs.so', debianPackage: 'obs-plugins' },
  { command: 'Xvfb', debianPackage: 'xvfb' },
];

/** Options of a relay that npm has none of the same name for. */
const relayOptions = [
  'config',
  'host',
  'rtmp-port',
  'http-port',
  'admin-port',
  'upstream',
  'house',
  'house-id',
  'house-key-file',
  'replace',
  'check',
];

// npm puts node_modules/.bin first, and with it a Node that `npm ci` is about to delete under its own feet.
const machinePath = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
  .join(delimiter);

function run(command, args, extraEnv = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, PATH: machinePath, ...extraEnv },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}` };
}

function fail(...lines) {
  console.error(lines.join('\n'));
  process.exit(1);
}

/** Changes with everything that decides what `npm ci` installs. */
function wantedStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const { allowScripts, overrides } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256').update(lock).update(JSON.stringify({ allowScripts, overrides }));
  return `${hash.digest('hex')} ${process.platform} ${process.arch}\n`;
}

function installNpmPackages() {
  const stampFile = join(root, 'node_modules', '.streampump-install');
  const stamp = wantedStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log('installing npm packages...');
  // The packages for development hold the Node that everything runs on, hence also wanted with NODE_ENV=production.
  const npm = run('npm', ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund']);
  if (!npm.ok) fail(npm.output, 'npm ci failed');
  const broughtNode = join(root, 'node_modules', '.bin', 'node');
  const node = run(broughtNode, ['--version']);
  if (!node.ok && existsSync(broughtNode)) {
    fail(
      node.output,
      'the Node that the npm package "node" brought does not run here; if it misses libatomic, get that with',
      'apt-get install libatomic1, or dnf install libatomic',
    );
  }
  if (!node.ok && Number.parseInt(process.versions.node, 10) < 24) {
    fail(
      `Node 24 or newer is needed, this is ${process.version}, and the npm package "node" did not bring one:`,
      'npm must be allowed to run its install script (npm config get ignore-scripts).',
    );
  }
  writeFileSync(stampFile, stamp);
}

function isCommand(name) {
  const folders = [...machinePath.split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether a folder of /usr/lib has this file: each architecture and program has a folder of its own there. */
function isLibrary(path) {
  return (
    existsSync('/usr/lib') &&
    readdirSync('/usr/lib').some((folder) => existsSync(join('/usr/lib', folder, path)))
  );
}

function isThere({ command, gstElement, library }) {
  if (command !== undefined) return isCommand(command);
  if (gstElement !== undefined) return run('gst-inspect-1.0', ['--exists', gstElement]).ok;
  return isLibrary(library);
}

function missingOf(wanted) {
  const missing = wanted.filter((tool) => !isThere(tool));
  return {
    names: missing.map(
      ({ command, gstElement, library }) => command ?? library ?? `GStreamer's ${gstElement}`,
    ),
    packages: [...new Set(missing.map(({ debianPackage }) => debianPackage))],
  };
}

function isDebianOrUbuntu() {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID="?(debian|ubuntu)"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** @param purpose - what needs them. @param optional - what else would be good to have */
function installSystemPackages(purpose, tools, optional = []) {
  const look = () => ({ needed: missingOf(tools), forObs: missingOf(optional) });
  let { needed, forObs } = look();
  let said = [];
  if (needed.names.length + forObs.names.length > 0 && isDebianOrUbuntu() && process.getuid?.() === 0) {
    said = [getPackages(needed.packages, forObs.packages)];
    ({ needed, forObs } = look());
  }
  if (needed.names.length > 0) {
    const how = isDebianOrUbuntu()
      ? 'get them with: sudo apt-get install --no-install-recommends'
      : "install them with your system's means; Debian has them in:";
    const missing = `missing for ${purpose}: ${needed.names.join(', ')}`;
    fail(...said, missing, `${how} ${needed.packages.join(' ')}`);
  }
  if (forObs.names.length > 0) {
    const missing = `${forObs.names.join(', ')} (in Debian's ${forObs.packages.join(', ')})`;
    console.log(`the tests of OBS are left out: missing ${missing}`);
  }
}

/** Installs packages, without the optional ones if those cannot be had. @returns what apt-get said */
function getPackages(packages, optional) {
  const all = [...packages, ...optional];
  console.log(`installing system packages: ${all.join(' ')}...`);
  const update = aptGet('update');
  const first = aptGet('install', ...all);
  const second = first.ok || packages.length === 0 ? first : aptGet('install', ...packages);
  if (packages.includes('nginx')) stopService('nginx', ['nginx', '-s', 'stop'], '/run/nginx.pid');
  if (packages.includes('haproxy'))
    stopService('haproxy', ['service', 'haproxy', 'stop'], '/run/haproxy.pid');
  if (packages.includes('prometheus'))
    stopService('prometheus', ['service', 'prometheus', 'stop'], '/run/prometheus/prometheus.pid');
  if (packages.includes('tinyproxy')) {
    stopService('tinyproxy', ['service', 'tinyproxy', 'stop'], '/run/tinyproxy/tinyproxy.pid');
  }
  return `${update.output}${second.output}`;
}

function aptGet(...args) {
  // Run level 1 keeps invoke-rc.d from starting the services of new packages.
  const quietly = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = ['-o', 'DPkg::Lock::Timeout=300', '--yes', '--no-install-recommends'];
  return run('apt-get', [...options, ...args], quietly);
}

/** The tests start their own; the one of the system, just installed for them, is not to run nor to take a port. */
function stopService(name, [command, ...args], pidFile) {
  if (existsSync('/run/systemd/system')) run('systemctl', ['disable', '--now', name]);
  else if (existsSync(pidFile)) run(command, args);
}

/** npm keeps options that stand before `--` for itself, and a relay would run without them. */
function refuseSwallowedOptions() {
  const swallowed = relayOptions.filter(
    (option) => `npm_config_${option.replaceAll('-', '_')}` in process.env,
  );
  if (swallowed.length === 0) return;
  const options = swallowed.map((option) => `--${option}`).join(' ');
  console.error(
    `npm took ${options} for itself: pass relay options after --, as in npm start -- --rtmp-port 2935`,
  );
  process.exit(2);
}

if (process.env.npm_lifecycle_event === 'prestart') refuseSwallowedOptions();
installNpmPackages();
if (process.argv.includes('--system')) installSystemPackages('the interop tests', tools, obsTools);
if (process.argv.includes('--bench')) installSystemPackages('the comparison', benchTools);
