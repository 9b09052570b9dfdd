import { PcapReader } from '../../../src/protocol/capture/pcap-reader.ts';
import { PcapngReader } from '../../../src/protocol/capture/pcapng-reader.ts';
import { enhancedPacket, ethernet, ipv4, pcap, section, tcp } from '../../support/capture-maker.ts';
import { inspectFile, recorded } from '../../support/inspect-scene.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { planOf, streamReader, streamTarget, type TargetPlan } from './target-plan.ts';

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
    const reader = new PcapReader();
    return streamReader(reader, () => reader.packets());
  }),
  'capture-pcapng': streamTarget({ seeds: pcapngs, tokens }, 0, () => {
    const reader = new PcapngReader();
    return streamReader(reader, () => reader.packets());
  }),
  inspect: planOf(
    { seeds: () => [...flows.map((flow) => flow()), ...pcaps(), ...pcapngs()], tokens },
    false,
    ([input = Buffer.alloc(0)]) => {
      const { records } = inspectFile(input, { tellsChunks: true, size: 4096 });
      for (const { offset, flow } of records)
        if (!flow.id.includes('.') && flow.id !== '0' && !/[<>]/.test(flow.id) && offset > input.length)
          throw new FuzzFault('offset', `byte ${offset} of ${input.length}`);
      return [records.length > 0];
    },
  ),
};
