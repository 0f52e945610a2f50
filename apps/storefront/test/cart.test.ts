import { expect, test } from "vitest";
import {
  addToCart,
  cartCount,
  cartLinesMax,
  type CartLine,
  cartTotal,
  formatCart,
  quantityMax,
  readCart,
  setQuantity,
} from "../src/cart.ts";
import { catalogue } from "../src/catalogue.ts";

const [first, second] = catalogue as [(typeof catalogue)[0], (typeof catalogue)[0]];

test("a cart survives its cookie, among other cookies", () => {
  const cart = addToCart(addToCart([], first, 2), second, 1);
  expect(readCart(`a=1; footfall_cart=${formatCart(cart)}; b=2`)).toEqual(cart);
  expect([cartCount(cart), cartTotal(cart)]).toEqual([3, Number((first.price * 2 + second.price).toFixed(2))]);
});

test.each([undefined, "", "footfall_cart=", "footfall_cart=x*1~*~**", "footfall_cart=%00*-1", "other=1"])(
  "the cookie header %j is an empty cart",
  (header) => expect(readCart(header)).toEqual([]),
);

test("quantities and repeats in a forged cookie are refused", () => {
  const id = first.itemId;
  for (const count of ["0", "-1", "1.5", "1e9", "NaN", ""])
    expect(readCart(`footfall_cart=${id}*${count}`)).toEqual([]);
  expect(readCart(`footfall_cart=${id}*1~${id}*5`)).toEqual([{ product: first, quantity: 1 }]);
});

test("quantities and lines are bounded; zero takes a line out", () => {
  expect(addToCart([{ product: first, quantity: quantityMax }], first, 5)[0]?.quantity).toBe(quantityMax);
  let cart: CartLine[] = [];
  for (const product of catalogue.slice(0, cartLinesMax + 5)) cart = addToCart(cart, product, 1);
  expect(cart).toHaveLength(cartLinesMax);
  expect(setQuantity(cart, first, 0)).toHaveLength(cartLinesMax - 1);
  expect(formatCart(cart).length).toBeLessThan(4_000);
});
