/// The page in which a template's body is shown (`mail.md`, Rendering).
package enum MailPage {
    package static func html(_ body: String) -> String {
        """
        <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
        <html xmlns="http://www.w3.org/1999/xhtml">
        <head>
          <meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <style>
            body { margin: 0 auto; padding: 24px; max-width: 560px; color: #16161a; background: #ffffff;
              font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
            p { margin: 12px 0; }
            a { color: inherit; }
            .btn { display: inline-block; padding: 9px 18px; border-radius: 4px; background: #16161a; color: #ffffff;
              font-weight: 600; text-decoration: none; }
            .hidden { display: none; }
          </style>
        </head>
        <body>
        \(body)
        </body>
        </html>
        """
    }
}
