class Dictionary {}
Object.setPrototypeOf(Dictionary.prototype, null);
Reflect.deleteProperty(Dictionary.prototype, "constructor");

/** An object with a null prototype, in a form that V8 reads faster than `Object.create(null)`. */
export function dictionary<V>(): Record<string, V> {
  return new Dictionary() as Record<string, V>;
}
