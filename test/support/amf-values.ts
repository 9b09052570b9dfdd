import fc from 'fast-check';
import {
  type AmfObject,
  type AmfValue,
  amfObject,
  Dictionary,
  EcmaArray,
  type ExternalizableClass,
  ExternalizableObject,
  NumberVector,
  ObjectVector,
  TypedObject,
  Xml,
  XmlDocument,
} from '../../src/protocol/amf/amf-value.ts';
import { flexClasses } from '../../src/protocol/amf/flex-classes.ts';

/** Any text, with lone surrogates left out: they are no UTF-8. */
const text = fc.string({ unit: 'binary', maxLength: 12 });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '0', 'length'));
const name = key.filter((key) => key !== '');
const integer = fc.oneof(
  fc.integer(),
  fc.integer({ min: -(2 ** 28) - 2, max: -(2 ** 28) + 2 }),
  fc.integer({ min: 2 ** 28 - 2, max: 2 ** 28 + 2 }),
);

const messageProperty = fc.constantFrom(
  ...['body', 'clientId', 'destination', 'headers', 'messageId', 'timestamp', 'timeToLive'],
);

/** An object without prototype of entries, of which the last with a key holds. */
function objectOf(entries: readonly (readonly [string, AmfValue])[]): AmfObject {
  const object = amfObject({});
  for (const [key, value] of entries) object[key] = value;
  return object;
}

const { value } = fc.letrec<{ value: AmfValue; named: AmfObject; items: AmfValue[] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<AmfValue>(undefined, null, true, false),
    fc.double(),
    integer,
    text,
    fc.date({ noInvalidDate: false }),
    text.map((source) => new XmlDocument(source)),
    text.map((source) => new Xml(source)),
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(fc.int32Array({ maxLength: 4 }), fc.boolean())
      .map(([items, isFixed]) => new NumberVector(items, isFixed)),
    fc
      .tuple(fc.uint32Array({ maxLength: 4 }), fc.boolean())
      .map(([items, isFixed]) => new NumberVector(items, isFixed)),
    fc
      .tuple(fc.float64Array({ maxLength: 4 }), fc.boolean())
      .map(([items, isFixed]) => new NumberVector(items, isFixed)),
    tie('items'),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(objectOf),
    fc
      .tuple(tie('named'), tie('items'))
      .filter(([properties]) => Object.keys(properties).length > 0)
      .map(([properties, dense]) => new EcmaArray(properties, dense)),
    fc.tuple(name, tie('named')).map(([className, properties]) => new TypedObject(className, properties)),
    fc
      .tuple(name, fc.uniqueArray(key, { maxLength: 3 }), tie('named'), tie('items'), fc.boolean())
      .map(([className, sealed, others, values, isDynamic]) => {
        const properties = amfObject({});
        for (const [i, name] of sealed.entries()) properties[name] = values[i];
        const dynamic = isDynamic ? Object.entries(others).filter(([name]) => !sealed.includes(name)) : [];
        for (const [name, value] of dynamic) properties[name] = value;
        return new TypedObject(className, properties, { sealed, isDynamic });
      }),
    fc
      .tuple(text, tie('items'), fc.boolean())
      .map(([className, items, isFixed]) => new ObjectVector(className, items, isFixed)),
    fc
      .tuple(fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }), fc.boolean())
      .map(([entries, hasWeakKeys]) => new Dictionary(new Map(entries), hasWeakKeys)),
    fc
      .tuple(fc.constantFrom('ArrayCollection', 'ArrayList', 'ObjectProxy'), tie('value'))
      .map(([className, held]) => {
        const type = flexClass(`flex.messaging.io.${className}`);
        return new ExternalizableObject(
          type,
          amfObject(className === 'ObjectProxy' ? { object: held } : { source: held }),
        );
      }),
    fc
      .tuple(fc.constantFrom('DSA', 'DSC', 'DSK'), fc.dictionary(messageProperty, tie('value')), fc.uuid())
      .map(([className, properties, uuid]) => {
        const there = Object.entries(properties).filter(([, value]) => value !== undefined && value !== null);
        return new ExternalizableObject(
          flexClass(className),
          objectOf([...there, ['correlationId', uuid.toUpperCase()]]),
        );
      }),
  ),
  named: fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }).map(objectOf),
  items: fc.array(tie('value'), { maxLength: 5 }),
}));

/** Every value that AMF3 has, of those that are the same again after it. */
export const amf3Value: fc.Arbitrary<AmfValue> = value;

/** One of the classes that are built in. */
export function flexClass(className: string): ExternalizableClass {
  const type = flexClasses.get(className);
  if (type === undefined) throw new TypeError(`no class ${className}`);
  return type;
}
