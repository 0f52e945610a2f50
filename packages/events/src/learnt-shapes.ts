import type { ClickEvent } from "./click-event.ts";
import { itemOrdersOf, shapeOf } from "./shape-pattern.ts";

/** Orders of fields that one scanner knows at a time; events in any other order are parsed. */
const shapesMax = 32;
/** An event whose items have more orders of fields is not learnt: each order is tried on each item. */
const itemOrdersMax = 4;
/** Knowing `shapesMax`, it lets so many unknown events pass before it learns the next: that costs more than parsing. */
const unknownEventsMin = 500;

interface LearntShape<Shape> {
  readonly name: string;
  readonly shape: Shape;
}

/**
 * The shapes that a scanner has learnt, those met most often first. A shape holds the expression that matches it.
 * A new one takes the place of the last, so that whoever sends odd events displaces no shape in use.
 */
export class LearntShapes<Event extends ClickEvent, Shape extends { readonly expression: RegExp }> {
  readonly #shapes: LearntShape<Shape>[] = [];
  readonly #learnt = new Set<string>();
  readonly #makeShape: (event: Event) => Shape;
  #unknownEvents = 0;

  constructor(makeShape: (event: Event) => Shape) {
    this.#makeShape = makeShape;
  }

  /** The shape that matches, with its groups. @param start  where a sticky expression has to match */
  match(text: string, start = 0): { readonly shape: Shape; readonly groups: RegExpExecArray } | undefined {
    const shapes = this.#shapes;
    for (let at = 0; at < shapes.length; at += 1) {
      const { shape } = shapes[at]!;
      shape.expression.lastIndex = start;
      const groups = shape.expression.exec(text);
      if (groups === null) continue;
      if (at > 0) [shapes[at - 1], shapes[at]] = [shapes[at]!, shapes[at - 1]!];
      return { shape, groups };
    }
    return undefined;
  }

  /** Learns the order of the fields of a valid event that no shape has matched. */
  learn(event: Event): void {
    this.#unknownEvents += 1;
    const isFull = this.#shapes.length >= shapesMax;
    if (isFull && this.#unknownEvents < unknownEventsMin) return;
    const name = shapeOf(event);
    if (this.#learnt.has(name) || itemOrdersOf(event).length > itemOrdersMax) return;
    this.#unknownEvents = 0;
    if (isFull) this.#learnt.delete(this.#shapes.pop()!.name);
    this.#learnt.add(name);
    this.#shapes.push({ name, shape: this.#makeShape(event) });
  }
}
