return Palyra.Host.CommandLine.PalyraCommand.Invoke(args);
