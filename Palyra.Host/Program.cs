return await Palyra.Host.CommandLine.PalyraCommand.InvokeAsync(args);
