// Dragging a card to another column presses the button of its "Move to…" menu. Without this file the menu does the same.
"use strict";

const board = document.querySelector("[data-board]");

function buttonFor(card, stage) {
  return card.querySelector(`button[name="to"][value="${stage}"]`);
}

if (board) {
  let dragged = null;

  for (const card of board.querySelectorAll("[data-card]")) {
    card.draggable = true;
  }

  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-card]");
    if (dragged) {
      dragged.classList.add("pipeline-dragged");
      event.dataTransfer.effectAllowed = "move";
      // Firefox drags nothing that carries no data.
      event.dataTransfer.setData("text/plain", dragged.querySelector("h3").textContent.trim());
    }
  });

  board.addEventListener("dragend", () => {
    for (const marked of board.querySelectorAll(".pipeline-dragged, .pipeline-drop")) {
      marked.classList.remove("pipeline-dragged", "pipeline-drop");
    }
    dragged = null;
  });

  for (const column of board.querySelectorAll("[data-stage]")) {
    column.addEventListener("dragover", (event) => {
      if (dragged && buttonFor(dragged, column.dataset.stage)) {
        event.preventDefault();
        column.classList.add("pipeline-drop");
      }
    });
    column.addEventListener("dragleave", (event) => {
      if (!column.contains(event.relatedTarget)) {
        column.classList.remove("pipeline-drop");
      }
    });
    column.addEventListener("drop", (event) => {
      const button = dragged && buttonFor(dragged, column.dataset.stage);
      if (button) {
        event.preventDefault();
        button.form.requestSubmit(button);
      }
    });
  }
}

// One box chooses every card of the table's page. It would do nothing without this file, so it is hidden until now.
const chooseAll = document.querySelector("[data-choose-all]");

if (chooseAll) {
  chooseAll.hidden = false;
  chooseAll.addEventListener("change", (event) => {
    for (const box of document.querySelectorAll('input[name="cards"]')) {
      box.checked = event.target.checked;
    }
  });
}
