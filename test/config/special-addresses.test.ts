import { expect, test } from 'vitest';
import { innerAddress, specialKind } from '../../src/config/special-addresses.ts';

test.each([
  ['127.0.0.1', 'a loopback address'],
  ['127.255.3.4', 'a loopback address'],
  ['::1', 'a loopback address'],
  ['::ffff:127.0.0.1', 'a loopback address'],
  ['::ffff:7f00:1', 'a loopback address'],
  ['2002:7f00:1::', 'a loopback address'],
  ['64:ff9b::127.0.0.1', 'a loopback address'],
  ['169.254.169.254', 'a link-local address'],
  ['fe80::1', 'a link-local address'],
  ['fe80::1%eth0', 'a link-local address'],
  ['2002:a9fe:a9fe::1', 'a link-local address'],
  ['64:ff9b::a9fe:a9fe', 'a link-local address'],
  ['10.1.2.3', 'a private address'],
  ['172.31.255.255', 'a private address'],
  ['192.168.0.1', 'a private address'],
  ['100.64.0.1', 'a private address'],
  ['fd00::1', 'a private address'],
  ['64:ff9b::10.0.0.1', 'a private address'],
  ['224.0.0.1', 'a multicast address'],
  ['ff02::1', 'a multicast address'],
  ['0.0.0.0', 'the address of no machine'],
  ['0.1.2.3', 'the address of no machine'],
  ['::', 'the address of no machine'],
  ['255.255.255.255', 'a reserved address'],
  ['198.18.0.1', 'a reserved address'],
  ['192.0.2.1', 'a reserved address'],
  ['::127.0.0.1', 'a reserved address'],
  ['::ffff:0:127.0.0.1', 'a reserved address'],
  ['64:ff9b:1::7f00:1', 'a reserved address'],
  ['2001:0:7f00:1::', 'a reserved address'],
  ['2001:db8::1', 'a reserved address'],
])('%s is %s', (address, kind) => {
  expect(specialKind(address)).toBe(kind);
});

test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '64:ff9b::808:808', '2002:808:808::1', '11.0.0.1'])(
  '%s belongs to one machine of the internet',
  (address) => {
    expect(specialKind(address)).toBeUndefined();
  },
);

test.each([
  ['2002:102:304:5::6', '1.2.3.4'],
  ['64:ff9b::1.2.3.4', '1.2.3.4'],
  ['64:ff9b::', '0.0.0.0'],
  ['64:ff9b:0:1::102:304', undefined],
  ['2001:db8::102:304', undefined],
  ['1.2.3.4', undefined],
])('%s leads to %s', (address, inner) => {
  expect(innerAddress(address)).toBe(inner);
});
