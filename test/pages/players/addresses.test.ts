import { expect, test } from 'vitest';

interface Address {
  readonly href: string;
}

const { addressesOf } = (await import(
  new URL('../../../src/pages/players/addresses.js', import.meta.url).href
)) as {
  readonly addressesOf: (url: URL) => readonly Address[];
};

test.each([
  {
    url: 'http://relay.example:8080/live/cam%201.flv?key=a&uid=7',
    addresses: [
      'mmsh://relay.example:8080/live/cam%201.asf?key=a&uid=7',
      'http://relay.example:8080/live/cam%201.asf?key=a&uid=7',
      'http://relay.example:8080/live/cam%201.asx?key=a&uid=7',
    ],
  },
  {
    url: 'http://[::1]/streams/cam1.flv',
    addresses: ['mmsh://[::1]/streams/cam1', 'http://[::1]/streams/cam1', 'http://[::1]/streams/cam1.asx'],
  },
  {
    url: 'https://relay.example/streams/cam.v2.flv',
    addresses: ['https://relay.example/streams/cam.v2.asf', 'https://relay.example/streams/cam.v2.asx'],
  },
])('the stream of $url has addresses for players', ({ url, addresses }) => {
  expect(addressesOf(new URL(url)).map(({ href }) => href)).toEqual(addresses);
});
