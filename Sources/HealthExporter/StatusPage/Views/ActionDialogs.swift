/// The dialogs in which somebody who may act confirms it; they need the script.
enum ActionDialogs {
    /// For the foot of a page.
    static let reloadButton: StaticString = """
        <li class="js-only"><button type="button" data-act="act-reload">Reload the configuration</button></li>
        """

    /// Every dialog; the buttons that open one name the component.
    static let all: StaticString = """
        <dialog id="act-run" aria-labelledby="act-run-title" data-done="The checks run now.">
        <form method="dialog">
        <h2 id="act-run-title">Run the checks of <bdi data-fill></bdi> now?</h2>
        <p>One run more than planned; its result counts like any other.</p>
        <p class="error" role="alert" hidden></p>
        <div class="buttons"><button type="button" data-close>Cancel</button><button type="submit" class="primary">Run now</button></div>
        </form>
        </dialog>
        <dialog id="act-drill" aria-labelledby="act-drill-title" data-done="The drill has started.">
        <form method="dialog">
        <h2 id="act-drill-title">Start a drill of <bdi data-fill></bdi>?</h2>
        <p>The component is shown with this status until the drill ends, and alerts fire. What its checks find stays as it is.</p>
        <label class="field">Status <select name="status"><option>unhealthy</option><option>degraded</option></select></label>
        <label class="field">Length <select name="for"><option value="5m">5 minutes</option>\
        <option value="15m" selected>15 minutes</option><option value="1h">1 hour</option><option value="4h">4 hours</option></select></label>
        <label class="field">Reason <input name="reason" maxlength="256" autocomplete="off"></label>
        <label class="field">By <input name="by" maxlength="256" autocomplete="name"></label>
        <label class="tick"><input type="checkbox" name="readiness"> Readiness and flags follow it: traffic may be taken away</label>
        <p class="error" role="alert" hidden></p>
        <div class="buttons"><button type="button" data-close>Cancel</button><button type="submit" class="danger">Start the drill</button></div>
        </form>
        </dialog>
        <dialog id="act-drill-end" aria-labelledby="act-drill-end-title" data-done="The drill has ended.">
        <form method="dialog">
        <h2 id="act-drill-end-title">End the drill of <bdi data-fill></bdi>?</h2>
        <p>The component shows its real status again.</p>
        <p class="error" role="alert" hidden></p>
        <div class="buttons"><button type="button" data-close>Cancel</button><button type="submit" class="primary">End the drill</button></div>
        </form>
        </dialog>
        <dialog id="act-reload" aria-labelledby="act-reload-title" data-done="The configuration is loaded anew.">
        <form method="dialog">
        <h2 id="act-reload-title">Reload the configuration?</h2>
        <p>One with errors changes nothing.</p>
        <p class="error" role="alert" hidden></p>
        <div class="buttons"><button type="button" data-close>Cancel</button><button type="submit" class="primary">Reload</button></div>
        </form>
        </dialog>

        """
}
