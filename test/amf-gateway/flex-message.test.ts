import { describe, expect, test } from 'vitest';
import { AmfGateway } from '../../src/amf-gateway/amf-gateway.ts';
import { serviceHandlers } from '../../src/amf-gateway/service-handlers.ts';
import { decodeAmfPacket, encodeAmfPacket } from '../../src/protocol/amf/amf-packet.ts';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  ExternalizableObject,
  TypedObject,
} from '../../src/protocol/amf/amf-value.ts';
import { CallFault } from '../../src/protocol/amf/call-fault.ts';
import { flexClass } from '../support/amf-values.ts';

const uuid = /^[\dA-F]{8}-[\dA-F]{4}-4[\dA-F]{3}-[89AB][\dA-F]{3}-[\dA-F]{12}$/;

const gateway = new AmfGateway<undefined>({
  handlers: serviceHandlers({
    math: {
      add: (_call, a, b) => Number(a) + Number(b),
      fail: () => {
        throw new CallFault('Math.Hard', 'that is too hard', 'try less');
      },
    },
    hello: () => 'world',
  }),
});

/** Sends a message as a Flex client does: with the target `null`, in AMF3. */
async function ask(message: AmfValue): Promise<{ target: string; message: TypedObject }> {
  const args: AmfValue[] = [message];
  const bodies = [{ target: 'null', response: '/1', value: args }];
  const answer = await gateway.answer(encodeAmfPacket({ version: 3, headers: [], bodies }), undefined);
  const [body] = decodeAmfPacket(answer).bodies;
  if (!(body?.value instanceof TypedObject)) throw new Error('the answer is no message');
  return { target: body.target, message: body.value };
}

function flex(name: string, properties: Record<string, AmfValue>): TypedObject {
  const common = {
    ...{ clientId: null, headers: amfObject({ DSId: 'nil' }), messageId: 'M-1', timestamp: 0, timeToLive: 0 },
    ...properties,
  };
  const members = { sealed: Object.keys(common), isDynamic: false };
  return new TypedObject(`flex.messaging.messages.${name}`, amfObject(common), members);
}

describe('messages of Flex', () => {
  test('a client that asks whether somebody is there gets an id, which it keeps', async () => {
    const { target, message } = await ask(flex('CommandMessage', { operation: 5, body: amfObject({}) }));
    expect(target).toBe('/1/onResult');
    expect(message.className).toBe('flex.messaging.messages.AcknowledgeMessage');
    const { correlationId, messageId, headers, body } = message.properties;
    expect({ correlationId, body }).toEqual({ correlationId: 'M-1', body: null });
    expect(messageId).toMatch(uuid);
    const { DSId: id = null } = headers as AmfObject;
    expect(id).toMatch(uuid);
    const again = await ask(
      flex('CommandMessage', { operation: 5, headers: amfObject({ DSId: id }), clientId: 'C' }),
    );
    expect((again.message.properties['headers'] as AmfObject)['DSId']).toBe(id);
    expect(again.message.properties['clientId']).toBe('C');
  });

  test('the short form of it too', async () => {
    const short = new ExternalizableObject(
      flexClass('DSC'),
      amfObject({ operation: 5, messageId: 'EE0D161D-C11D-45CB-8DBE-3B77B54B55D9' }),
    );
    const { message } = await ask(short);
    expect(message.properties['correlationId']).toBe('EE0D161D-C11D-45CB-8DBE-3B77B54B55D9');
  });

  test('a method of a destination is called', async () => {
    const call = { destination: 'math', operation: 'add', body: [1, 2], source: null };
    const { target, message } = await ask(flex('RemotingMessage', call));
    expect(target).toBe('/1/onResult');
    expect(message.properties['body']).toBe(3);
    const { message: alone } = await ask(flex('RemotingMessage', { operation: 'hello', destination: null }));
    expect(alone.properties['body']).toBe('world');
  });

  test.each([
    {
      ...{ what: 'a fault', destination: 'math', operation: 'fail', code: 'Math.Hard' },
      ...{ text: 'that is too hard', data: 'try less' },
    },
    {
      ...{ what: 'no method', destination: '__proto__', operation: 'toString' },
      ...{ code: 'NetConnection.Call.Failed', text: 'there is no method "__proto__.toString"', data: null },
    },
  ])('$what is told by an ErrorMessage', async ({ destination, operation, code, text, data }) => {
    const { target, message } = await ask(flex('RemotingMessage', { destination, operation, body: [] }));
    expect(target).toBe('/1/onStatus');
    expect(message.className).toBe('flex.messaging.messages.ErrorMessage');
    expect(message.properties).toMatchObject({
      ...{ correlationId: 'M-1', faultCode: code, faultString: text, extendedData: data },
    });
  });

  test.each([
    { what: 'a subscription', message: flex('CommandMessage', { operation: 0 }) },
    { what: 'an operation that is none', message: flex('CommandMessage', { operation: undefined }) },
    { what: 'a message for others', message: flex('AsyncMessage', { body: 'x' }) },
    {
      what: 'the same in short',
      message: new ExternalizableObject(flexClass('DSA'), amfObject({ body: 'x' })),
    },
  ])('$what is refused', async ({ message }) => {
    const { target, message: error } = await ask(message);
    expect(target).toBe('/1/onStatus');
    expect(error.properties['faultString']).toBe('messages of this kind are not answered here');
  });

  test('whatever stands in a message, there is an answer', async () => {
    const odd: AmfValue[] = [undefined, null, 1, 'x'.repeat(1000), [], amfObject({}), new Date(0)];
    for (const value of odd) {
      const properties: Record<string, AmfValue> = {
        destination: value,
        operation: value,
        body: value,
        headers: value,
      };
      const { target } = await ask(
        flex('RemotingMessage', { ...properties, messageId: value, clientId: value }),
      );
      expect(target).toBe('/1/onStatus');
    }
  });
});
