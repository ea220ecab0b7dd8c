class Bare {}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, "constructor");

/** An object that inherits nothing, in a form that V8 reads faster than `Object.create(null)`. */
export function bare<V>(): Record<string, V> {
  return new Bare() as Record<string, V>;
}
