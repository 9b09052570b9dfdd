import { describe, expect, test } from 'vitest';
import { type AmfObject, amfObject, ExternalizableObject } from '../../../src/protocol/amf/amf-value.ts';
import { decodeAmf3, encodeAmf3 } from '../../../src/protocol/amf/amf3.ts';
import { flexClass } from '../../support/amf-values.ts';
import { hex } from '../../support/chunk-outcome.ts';

/** What a client of LiveCycle sent and what it was answered: known answers of PyAMF's tests (MIT). */
const poll =
  '0a 07 07 445343 88 02 0a 0b 01 09 44534964' +
  ' 06 49 45453044313631442d433131442d323543422d384442452d334237374235344235354439 01' +
  ' 0c 21 c0dfb77cd6ee24317315 3266e131a866 01 06 01 01 04 02';
const acknowledgement =
  '0a 07 07 44534b a8 03 0a 0b 01 25 44534d6573736167696e6756657273696f6e 05 3ff0000000000000' +
  ' 09 44534964 06 49 45453044313631442d433131442d323543422d384442452d334237374235344235354439 01' +
  ' 05 427233266d851000 0c 21 ee0d161dc128265bc980524b9b45c6c4 0c 21 ee0d161dc13d8ea3e010efad3be5c56a' +
  ' 02 0c 21 538483dba9c8ca4d60953266db51c93c 00';

describe('messages of BlazeDS', () => {
  test('DSC is read and written as a client sent it', () => {
    const values = decodeAmf3(hex(poll));
    expect(values).toStrictEqual([
      new ExternalizableObject(
        flexClass('DSC'),
        amfObject({
          headers: amfObject({ DSId: 'EE0D161D-C11D-25CB-8DBE-3B77B54B55D9' }),
          messageId: 'C0DFB77C-D6EE-2431-7315-3266E131A866',
          correlationId: '',
          operation: 2,
        }),
      ),
    ]);
    expect(encodeAmf3(...values)).toEqual(hex(poll));
  });

  test('DSK is read as a server sent it, and written with integers for integers', () => {
    const values = decodeAmf3(hex(acknowledgement));
    expect(values).toStrictEqual([
      new ExternalizableObject(
        flexClass('DSK'),
        amfObject({
          headers: amfObject({ DSMessagingVersion: 1, DSId: 'EE0D161D-C11D-25CB-8DBE-3B77B54B55D9' }),
          timestamp: Date.UTC(2009, 7, 19, 11, 24, 43, 985),
          clientId: 'EE0D161D-C128-265B-C980-524B9B45C6C4',
          messageId: 'EE0D161D-C13D-8EA3-E010-EFAD3BE5C56A',
          correlationId: '538483DB-A9C8-CA4D-6095-3266DB51C93C',
        }),
      ),
    ]);
    expect(encodeAmf3(...values)).toEqual(hex(acknowledgement.replace('05 3ff0000000000000', '04 01')));
  });

  test('DSA has flags for all that it carries', () => {
    const wire = '0a 07 07 445341 7f 06 03 61 06 03 62 06 03 63 01 06 03 64 04 01 04 02 01 06 03 65';
    const values = decodeAmf3(hex(wire));
    expect((values[0] as ExternalizableObject).properties).toEqual({
      ...{ body: 'a', clientId: 'b', destination: 'c', headers: null, messageId: 'd' },
      ...{ timestamp: 1, timeToLive: 2, correlationId: 'e' },
    });
    const withoutHeaders = wire.replace('7f', '77').replace(' 01 06 03 64', ' 06 03 64');
    expect(encodeAmf3(...values)).toEqual(hex(withoutHeaders));
  });

  test('what later versions flag is read and dropped, up to bit 5', () => {
    const [message, next] = decodeAmf3(
      hex('0a 07 07 445341 80 bc 60 01 02 03 06 03 61 01 44 01 06 03 62'),
    ) as [ExternalizableObject, string];
    expect(message.properties).toEqual({});
    expect(next).toBe('b');
  });

  test('an id that is null where 16 bytes should be is null', () => {
    const [message] = decodeAmf3(hex('0a 07 07 445341 80 01 01 00')) as [ExternalizableObject];
    expect(message.properties).toEqual({ clientId: null });
  });

  test('a UUID goes as bytes where the message has a place for them, and in capitals only', () => {
    const uuid = 'EE0D161D-C128-265B-C980-524B9B45C6C4';
    const sizeOf = (properties: AmfObject) =>
      encodeAmf3(new ExternalizableObject(flexClass('DSA'), properties)).length;
    const empty = sizeOf(amfObject({}));
    expect(sizeOf(amfObject({ clientId: uuid }))).toBe(empty + 1 + 2 + 16);
    expect(sizeOf(amfObject({ correlationId: uuid }))).toBe(empty + 2 + 16);
    expect(sizeOf(amfObject({ clientId: uuid.toLowerCase() }))).toBe(empty + 2 + 36);
    expect(sizeOf(amfObject({ destination: uuid }))).toBe(empty + 2 + 36);
  });
});

describe('collections of Flex', () => {
  test.each([
    { className: 'flex.messaging.io.ArrayCollection', property: 'source' },
    { className: 'flex.messaging.io.ArrayList', property: 'source' },
    { className: 'flex.messaging.io.ObjectProxy', property: 'object' },
  ])('$className holds one value, which may be itself', ({ className, property }) => {
    const holder = new ExternalizableObject(flexClass(className), amfObject({}));
    holder.properties[property] = [holder, 1];
    const bytes = encodeAmf3(holder);
    expect(bytes.subarray(0, 3 + className.length + 1).toString('latin1')).toContain(className);
    const [decoded] = decodeAmf3(bytes) as [ExternalizableObject];
    expect(decoded.properties[property]).toEqual([decoded, 1]);
  });
});
