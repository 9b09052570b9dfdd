// A relay's side of the link to a house, see docs/link.md: node house-link.mjs https://house.example.org ID KEY_FILE
// It plays nothing: it shows what a server of yours would have to do, and prints what the house wants.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const [url = '', id = '', keyFile = ''] = process.argv.slice(2);
const key = readFileSync(keyFile, 'utf8').trim();
const instance = randomUUID(); // another one after each start
const config = { revision: null, problem: null };
const ann = { uid: 'ann', identity: null, address: '192.0.2.1', protocol: 'http-flv', stream: 'live/cam1' };
const players = new Map([['s1', { id: 's1', since: Date.now(), ...ann }]]);
let state = 'ready';

/** Does what the house says, and gives what the answer has besides. Whatever one throws is the problem. */
const instructions = {
  config({ revision, settings }) {
    for (const { match, source } of settings.streams) console.log(match, source.urls ?? 'is published here');
    config.revision = revision;
  },
  kick({ session, reason, ...wanted }, report) {
    const isMeant = (player) =>
      (session === null || session === player.id) &&
      ['uid', 'identity', 'address', 'stream'].every((n) => wanted[n] === null || wanted[n] === player[n]);
    const ended = [...players.values()].filter(isMeant);
    for (const player of ended) {
      console.log(`ends ${player.id}: ${reason}`);
      players.delete(player.id);
      const seconds = (Date.now() - player.since) / 1000;
      report.left.push({ id: player.id, bytes: 0, seconds, reason: 'kicked' });
    }
    return { ended: ended.length };
  },
  bans: ({ bans }) => console.log('keeps out', bans),
  drain({ reconnectUrl }) {
    state = 'draining';
    console.log('drains, players may go to', reconnectUrl);
  },
  resume() {
    state = 'ready';
  },
  reload: () => console.log('reads its configuration'),
  measure: ({ targets }) => ({ roundTrips: Object.fromEntries(targets.map(({ relay }) => [relay, null])) }),
};

/** Has a link until that is over. Resolves with whether it was a good one. */
function link() {
  const headers = { authorization: `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}` };
  const options = { headers, perMessageDeflate: false, maxPayload: 2 ** 20 };
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/link`, 'streampump-link.v1', options);
  const say = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  const report = { whole: true, joined: [...players.values()], left: [] };
  let reports;
  let silence;
  const onSign = () => {
    clearTimeout(silence);
    silence = setTimeout(() => socket.terminate(), 30_000); // the house pings three times as often
  };
  const tell = () => {
    const rates = { sentBitsPerSecond: 0, receivedBitsPerSecond: 0 };
    const totals = { state, players: players.size, publishers: 0, ...rates, streams: [], config };
    say({ type: 'telemetry', more: false, ...totals, ...report });
    Object.assign(report, { whole: false, joined: [], left: [] });
  };
  const obey = (message) => {
    try {
      return { problem: null, ...instructions[message.type](message, report) };
    } catch (error) {
      return { problem: error.message };
    }
  };
  socket.on('open', () => {
    onSign();
    say({ type: 'hello', version: 1, software: 'example', instance, revision: config.revision });
  });
  socket.on('ping', onSign);
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.type !== 'welcome') say({ type: 'ack', id: message.id, ...obey(message) });
    else {
      tell();
      reports = setInterval(tell, message.telemetryIntervalMs);
    }
  });
  socket.on('error', (error) => console.log(error.message));
  return new Promise((resolve) => {
    socket.on('close', (code, reason) => {
      clearInterval(reports);
      clearTimeout(silence);
      console.log(`not linked: ${code} ${reason}`);
      resolve(reports !== undefined && code !== 4001); // by 4001 another one has this id
    });
  });
}

for (let pauseMs = 1000; ; pauseMs = Math.min(2 * pauseMs, 60_000)) {
  if (await link()) pauseMs = 1000;
  await sleep(pauseMs * (0.5 + Math.random() / 2)); // never all relays at once
}
