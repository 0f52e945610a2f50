// Calls made before the tracker has arrived wait here.
window.footfall =
  window.footfall ||
  function () {
    (window.footfall.q = window.footfall.q || []).push(arguments);
  };
