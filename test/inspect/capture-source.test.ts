import { expect, test } from 'vitest';
import { ethernet, ipv4, pcap, tcp } from '../support/capture-maker.ts';
import { faultsIn, handshake, inspectFile, inspecting } from '../support/inspect-scene.ts';

const UDP = 17;
const said = pcap([
  ethernet(ipv4(tcp({ flags: ['syn'] }))),
  ethernet(ipv4(tcp({ sequence: 1, payload: handshake }))),
]);

/** What is wrong with the beginning of a capture. @param isStopped - nobody wants to see the rest */
function faultsOf(bytes: Buffer, isStopped: boolean): string[] {
  const { records } = inspecting({}, (inspection) => {
    const source = inspection.source('file');
    source.push(bytes);
    source.end(isStopped);
  });
  return faultsIn(records);
}

test('an end inside a packet is told, unless whoever reads has stopped there', () => {
  const beginning = said.subarray(0, -100);
  expect(faultsOf(beginning, false)).toEqual([
    expect.stringMatching(/the capture ends inside a packet, at byte/),
  ]);
  expect(faultsOf(beginning, true)).toEqual([]);
});

test.each([
  {
    what: 'a capture of UDP',
    bytes: pcap([ethernet(ipv4(tcp({}), { protocol: UDP }))]),
    problem: 'no TCP is in it: it has 1 packets',
  },
  {
    what: 'a compressed capture',
    bytes: Buffer.from('28b52ffd0000', 'hex'),
    problem: 'it is compressed: unpack it with zstd -d first',
  },
  {
    what: 'a capture of snoop',
    bytes: Buffer.from('snoop\0\0\0'),
    problem: 'it is a capture of snoop: make it pcapng with editcap first',
  },
])('$what is told for what it is', ({ bytes, problem }) => {
  const { records } = inspectFile(bytes);
  expect(records).toMatchObject([{ is: 'fault', reason: problem }]);
});
