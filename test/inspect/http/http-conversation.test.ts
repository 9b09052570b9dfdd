import { expect, test } from 'vitest';
import type { OpenConnection } from '../../../src/inspect/capture-source.ts';
import {
  faultsIn,
  type Inspected,
  inspectFile,
  inspecting,
  messagesIn,
  recorded,
} from '../../support/inspect-scene.ts';
import { type Exchange, tunnelAnswer, tunnelExchanges, tunnelRequest } from '../../support/tunnel-capture.ts';

const toServer = recorded('rtmp-publish-librtmp.to-server').subarray(0, 20_000);
const toClient = recorded('rtmp-pull-relay.to-client').subarray(0, 20_000);
const PIECE_BYTES = 700;
const exchanges = tunnelExchanges(toServer, toClient, PIECE_BYTES);

type Message = ReturnType<typeof messagesIn>[number];

/** Messages as they are where nothing carries them. */
const plain = { '>': messagesOf(inspectFile(toServer)), '<': messagesOf(inspectFile(toClient)) };

function messagesOf({ records }: Pick<Inspected, 'records'>, sign = ''): Omit<Message, 'flow' | 'timeMs'>[] {
  return messagesIn(records)
    .filter(({ flow }) => flow.id.endsWith(sign))
    .map(({ flow: _flow, timeMs: _timeMs, ...message }) => message);
}

function expectWhole(inspected: Inspected): void {
  expect(faultsIn(inspected.records)).toEqual([]);
  expect(messagesOf(inspected, '>')).toEqual(plain['>']);
  expect(messagesOf(inspected, '<')).toEqual(plain['<']);
}

/** Inspects connections of one source, each from its beginning. */
function inspectConnections(count: number, run: (...connections: OpenConnection[]) => void): Inspected {
  return inspecting({}, (inspection) => {
    const connections = Array.from({ length: count }, () =>
      inspection.connection('capture', 'client', 'server', true),
    );
    run(...connections);
    for (const connection of connections) end(connection);
    inspection.ended('capture');
  });
}

function end({ toServer: there, toClient: back }: OpenConnection): void {
  there.reader.end();
  back.reader.end();
}

const say = ({ toServer: { reader } }: OpenConnection, bytes: Buffer): void =>
  reader.push(Buffer.from(bytes), undefined);
const answer = ({ toClient: { reader } }: OpenConnection, bytes: Buffer): void =>
  reader.push(Buffer.from(bytes), undefined);

test('a session of RTMPT is shown as what it carries, with its id shortened, and without each request', () => {
  const inspected = inspectConnections(1, (connection) => {
    for (const exchange of exchanges) {
      if (connection === undefined) return;
      say(connection, exchange.request);
      answer(connection, exchange.answer);
    }
  });
  expectWhole(inspected);
  const flows = inspected.records.filter((record) => record.is === 'flow');
  expect(flows).toMatchObject([
    { flow: { id: '1>' }, protocol: 'http' },
    { flow: { id: '1<' }, protocol: 'http' },
    { flow: { id: '2>', from: 'client', to: 'server', tunnel: '0.GyKq***' }, protocol: 'rtmp' },
    { flow: { id: '2<', from: 'server', to: 'client', tunnel: '0.GyKq***' }, protocol: 'rtmp' },
  ]);
  const heads = inspected.records.flatMap((record) => (record.is === 'http' ? [record.line] : []));
  expect(heads).toEqual([
    'POST /open/1 HTTP/1.1',
    expect.stringMatching(/^POST \/close\/\*\*\*\/\d+ HTTP\/1\.1$/),
  ]);
});

test('a busy machine captures answers before their requests, and requests late', () => {
  expectWhole(
    inspectConnections(1, (connection) => {
      for (let at = 0; at < exchanges.length; at += 3) {
        const some = exchanges.slice(at, at + 3);
        if (connection === undefined) return;
        for (const exchange of some) answer(connection, exchange.answer);
        for (const exchange of some) say(connection, exchange.request);
      }
    }),
  );
});

test('requests come by several connections, in another order, and again where a connection broke', () => {
  expectWhole(
    inspectConnections(4, (...connections) => {
      const [broken, ...others] = connections;
      const exchange = (by: OpenConnection | undefined, { request, answer: back }: Exchange): void => {
        if (by === undefined) return;
        say(by, request);
        answer(by, back);
      };
      exchange(broken, exchanges[0] as Exchange);
      const [, , cut] = exchanges as [Exchange, Exchange, Exchange];
      if (broken === undefined) return;
      exchange(broken, exchanges[1] as Exchange);
      say(broken, cut.request);
      answer(broken, cut.answer.subarray(0, 300)); // and comes again as a whole
      end(broken);
      for (let at = 2; at < exchanges.length; at += 3)
        for (const [by, one] of [...exchanges.slice(at, at + 3).entries()].reverse())
          exchange(others[by], one);
    }),
  );
});

test('either direction is read alone', () => {
  const requests = inspectFile(Buffer.concat(exchanges.map(({ request }) => request)));
  expect(faultsIn(requests.records)).toEqual([]);
  expect(messagesOf(requests)).toEqual(plain['>']);
  const answers = inspectFile(Buffer.concat(exchanges.map((exchange) => exchange.answer)));
  expect(faultsIn(answers.records)).toEqual([]);
  expect(messagesOf(answers)).toEqual(plain['<']);
});

test('from the middle, the first answer may be one to a request that was not captured', () => {
  const inspected = inspecting({}, (inspection) => {
    const connection = inspection.connection('capture', 'client', 'server', false);
    answer(connection, (exchanges[8] as Exchange).answer);
    for (const { request, answer: back } of exchanges.slice(9)) {
      say(connection, request);
      answer(connection, back);
    }
    end(connection);
    inspection.ended('capture');
  });
  const begins = { '>': 6 * PIECE_BYTES, '<': 7 * PIECE_BYTES }; // of eight requests, two are idle
  for (const sign of ['>', '<'] as const) {
    const places = messagesOf(inspected, sign).map(({ offset, length }) => [offset + begins[sign], length]);
    const rest = plain[sign].filter(({ offset }) => offset >= begins[sign]);
    // reading begins at a header of format 0
    expect(places.length).toBeGreaterThan(rest.length - 15);
    expect(places).toEqual(rest.slice(-places.length).map(({ offset, length }) => [offset, length]));
  }
});

test('requests and answers that are not in the capture cost what is in them', () => {
  const inspected = inspectConnections(1, (connection) => {
    if (connection === undefined) return;
    for (const [at, { request, answer: back }] of exchanges.entries()) {
      if (at === 12) {
        connection.toServer.reader.gap(request.length);
        connection.toClient.reader.gap(back.length);
      } else {
        say(connection, request);
        answer(connection, back);
      }
    }
  });
  for (const sign of ['>', '<'] as const) {
    expect(faultsIn(inspected.records.filter(({ flow }) => flow.id === `2${sign}`))).toEqual([
      expect.stringMatching(/^\d+: some bytes are not in the capture$/),
      expect.stringMatching(/^\d+: as rtmp behind \d+, certain$/),
    ]);
    expect(messagesOf(inspected, sign).length).toBeGreaterThan(plain[sign].length - 12);
  }
});

test('three hundred sessions, and bodies that never get their turn, take bounded memory', () => {
  const inspected = inspectConnections(1, (connection) => {
    if (connection === undefined) return;
    for (let i = 0; i < 300; i++) {
      say(connection, tunnelRequest('send', 0, Buffer.of(3), `s${i}`));
      for (let number = 2; number < 20; number++)
        say(connection, tunnelRequest('send', number * 1000, Buffer.alloc(100), `s${i}`));
      for (let asked = 0; asked < 19; asked++) answer(connection, tunnelAnswer());
    }
  });
  const ended = inspected.records.filter(({ is, flow }) => is === 'end' && flow.id.endsWith('>'));
  expect(ended.length).toBe(301);
});
