import type { CaptureReader, DamageListener } from '../../../src/protocol/capture/captured-packet.ts';
import { PcapReader } from '../../../src/protocol/capture/pcap-reader.ts';
import { PcapngReader } from '../../../src/protocol/capture/pcapng-reader.ts';
import { enhancedPacket, ethernet, ipv4, pcap, section, tcp } from '../../support/capture-maker.ts';
import { inspectFile, recorded } from '../../support/inspect-scene.ts';
import { tunnelExchanges } from '../../support/tunnel-capture.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { planOf, type StreamReader, streamTarget, type TargetPlan } from './target-plan.ts';

const flows = [
  'rtmp-publish-librtmp.to-server',
  'rtmp-pull-nginx.to-client',
  'http-pull-nms.to-client',
  'ws-pull-relay.to-client',
  'mmsh-pull-relay-2.to-client',
].map((name) => (): Buffer => recorded(name).subarray(0, 6000));

const frames = (): Buffer[] => {
  const said = flows[0]?.() ?? Buffer.alloc(0);
  const segments = [tcp({ sequence: 0, flags: ['syn'] })];
  for (let at = 0; at < said.length; at += 700)
    segments.push(tcp({ sequence: 1 + at, payload: said.subarray(at, at + 700) }));
  return segments.map((segment) => ethernet(ipv4(segment)));
};

const pcaps = (): Buffer[] => [pcap(frames()), pcap(frames(), { isLittleEndian: false, isNano: true })];
const pcapngs = (): Buffer[] => [
  Buffer.concat([section(), ...frames().map((frame, i) => enhancedPacket(frame, 1000 * i))]),
];

/** A session of RTMPT over two connections. */
const tunnels = (): Buffer[] => {
  const exchanges = tunnelExchanges(flows[0]?.() ?? Buffer.alloc(0), flows[1]?.() ?? Buffer.alloc(0), 900);
  const sequences = new Map<number, number>();
  const said = (from: number, to: number, payload: Buffer): Buffer => {
    const sequence = sequences.get(from) ?? 1;
    sequences.set(from, sequence + payload.length);
    return tcp({ from, to, sequence, acknowledgement: sequences.get(to) ?? 1, payload });
  };
  const segments = exchanges.flatMap(({ request, answer }, at) => {
    const [client, server] = at % 3 === 2 ? [50_001, 8081] : [50_000, 8080];
    return [said(client, server, request), said(server, client, answer)];
  });
  const begins = [tcp({ flags: ['syn'], to: 8080 }), tcp({ flags: ['syn'], from: 50_001, to: 8081 })];
  const whole = Buffer.concat(exchanges.map(({ answer }) => answer));
  return [pcap([...begins, ...segments].map((segment) => ethernet(ipv4(segment)))), whole];
};

const httpTokens = [
  'POST /send/',
  '/idle/',
  'HTTP/1.1 200 OK\r\n',
  'Content-Length: ',
  '\r\n\r\n',
  '0\r\n\r\n',
];

const tokens = [
  'd4c3b2a1',
  'a1b2c3d4',
  '0a0d0d0a4c000000',
  '06000000',
  '01000000',
  '0800',
  '86dd',
  '8100',
].map((hex) => Buffer.from(hex, 'hex'));

export const captureTargets: Readonly<Record<string, TargetPlan>> = {
  'capture-pcap': streamTarget({ seeds: pcaps, tokens }, 0, () => {
    return captureReader((damaged) => new PcapReader(damaged));
  }),
  'capture-pcapng': streamTarget({ seeds: pcapngs, tokens }, 0, () => {
    return captureReader((damaged) => new PcapngReader(damaged));
  }),
  inspect: inspectTarget(() => [...flows.map((flow) => flow()), ...pcaps(), ...pcapngs()], tokens),
  'inspect-rtmpt': inspectTarget(tunnels, [...tokens, ...httpTokens.map((text) => Buffer.from(text))]),
};

/** What a capture has, and what is wrong with it. */
function captureReader(open: (damaged: DamageListener) => CaptureReader): StreamReader {
  const found: unknown[] = [];
  const reader = open((damage) => void found.push(damage));
  function* values(): Generator<unknown> {
    for (const packet of reader.packets()) {
      yield* found.splice(0);
      yield packet;
    }
    yield* found.splice(0);
  }
  return {
    push: (piece) => reader.push(piece),
    values,
    end: () => reader.end(),
    rest: values,
    get partialBytes() {
      return reader.partialBytes;
    },
  };
}

/** Inspects a file, which is told of whatever is in it. */
function inspectTarget(seeds: () => Buffer[], words: readonly Buffer[]): TargetPlan {
  return planOf({ seeds, tokens: words }, false, ([input = Buffer.alloc(0)]) => {
    const { records } = inspectFile(input, { tellsChunks: true, size: 4096 });
    for (const { offset, flow } of records)
      if (!flow.id.includes('.') && flow.id !== '0' && !/[<>]/.test(flow.id) && offset > input.length)
        throw new FuzzFault('offset', `byte ${offset} of ${input.length}`);
    return [records.length > 0];
  });
}
