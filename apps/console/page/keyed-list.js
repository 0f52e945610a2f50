/** Writes a text only where it is another one, so that a selection stays. */
export function setText(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/**
 * Shows values as children of an element, in their order. The child of a key stays the same node as long as the key is
 * there: focus, selection and scrolling survive.
 * @returns a function that takes the values, and anything that `update` wants to know beside them
 */
export function keyedList(parent, { keyOf, create, update }) {
  let children = new Map();
  return (values, ...more) => {
    const keys = values.map(keyOf);
    const kept = new Set(keys);
    // First, so that those who stay need not be moved: a moved node loses its focus.
    for (const [key, child] of children) if (!kept.has(key)) child.remove();
    let place = parent.firstChild;
    const next = new Map();
    values.forEach((value, index) => {
      const child = children.get(keys[index]) ?? create(value);
      next.set(keys[index], child);
      update(child, value, ...more);
      if (child === place) place = place.nextSibling;
      else parent.insertBefore(child, place);
    });
    children = next;
  };
}

export function holdsSelection(element) {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(element, true);
}
