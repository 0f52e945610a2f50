import type { ClickEvent } from "./click-event.ts";
import { shapeOf } from "./shape-pattern.ts";

/** Orders of fields that one scanner learns; events in any other order are parsed. */
const shapesMax = 32;

/** The shapes that a scanner has learnt, those met most often first. A shape holds the expression that matches it. */
export class LearntShapes<Event extends ClickEvent, Shape extends { readonly expression: RegExp }> {
  readonly #shapes: Shape[] = [];
  readonly #learnt = new Set<string>();
  readonly #makeShape: (event: Event) => Shape;

  constructor(makeShape: (event: Event) => Shape) {
    this.#makeShape = makeShape;
  }

  /** The shape that matches, with its groups. @param start  where a sticky expression has to match */
  match(text: string, start = 0): { readonly shape: Shape; readonly groups: RegExpExecArray } | undefined {
    const shapes = this.#shapes;
    for (let at = 0; at < shapes.length; at += 1) {
      const shape = shapes[at]!;
      shape.expression.lastIndex = start;
      const groups = shape.expression.exec(text);
      if (groups === null) continue;
      if (at > 0) [shapes[at - 1], shapes[at]] = [shape, shapes[at - 1]!];
      return { shape, groups };
    }
    return undefined;
  }

  /** Learns the order of the fields of a valid event. */
  learn(event: Event): void {
    if (this.#learnt.size >= shapesMax) return;
    const name = shapeOf(event);
    if (this.#learnt.has(name)) return;
    this.#learnt.add(name);
    this.#shapes.push(this.#makeShape(event));
  }
}
